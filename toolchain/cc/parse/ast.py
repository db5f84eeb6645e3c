"""The typed AST: what the parser hands to `lower`.

The parser has done all of C's semantics: every expression has its type, usual conversions and
decays are explicit `Cast` nodes (also lvalue-to-rvalue is implied by use, see below), constant
expressions are folded, initialisers are flat lists of (offset, value), member names are resolved to
`Member`s, labels to `Label`s, `_Generic`, `__builtin_choose_expr`, `sizeof`, `offsetof` are gone.

Lvalues.  `NameRef` (object), `Deref`, `MemberRef`, `StringLit`, `CompoundLit` and the real/imaginary
parts of lvalues denote objects.  Where a value is wanted, they stand for a load of the object (there
is no load node); `AddrOf`, `Assign.target`, `IncDec.operand`, array decay (`Cast` of kind DECAY) take
their address.  Records are values too: `Assign`, `Call` arguments and `Return` may have record type.

Dispatch on `node.op`, a small int, then `cast` to the class named beside the constant.
"""
from __future__ import annotations

from typing import Final

from toolchain.cc.types import FunctionType, Member, Type
from toolchain.diagnostics import NO_LOC, Loc

# ---------------------------------------------------------------- expressions
E_INT: Final = 0            # IntConst
E_FLOAT: Final = 1          # FloatConst
E_STRING: Final = 2         # StringLit
E_NAME: Final = 3           # NameRef
E_UNARY: Final = 4          # Unary
E_BINARY: Final = 5         # Binary
E_LOGICAL: Final = 6        # Binary with text && or ||
E_ASSIGN: Final = 7         # Assign
E_INCDEC: Final = 8         # IncDec
E_COND: Final = 9           # Conditional
E_COMMA: Final = 10         # Binary: left, right
E_CAST: Final = 11          # Cast
E_CALL: Final = 12          # Call
E_MEMBER: Final = 13        # MemberRef
E_DEREF: Final = 14         # Unary
E_ADDR: Final = 15          # Unary
E_COMPOUND: Final = 16      # CompoundLit
E_STMT: Final = 17          # StmtExpr
E_BUILTIN: Final = 18       # BuiltinCall
E_LABEL: Final = 19         # LabelAddr
E_VA_ARG: Final = 20        # VaArg
E_COMPLEX: Final = 21       # ComplexConst: two float or integer constants
E_PART: Final = 22          # Unary with text __real__ or __imag__
E_VLA_SIZE: Final = 23      # VlaSize: run-time sizeof of a variable length array type
E_ERROR: Final = 24         # erroneous expression (type ERROR); only seen when errors were reported
E_INDEX: Final = 25         # Binary: subscript of a vector lvalue (arrays and pointers become Deref of Add)
E_SHUFFLE: Final = 26       # BuiltinCall: __builtin_shuffle, __builtin_shufflevector
E_CONSTP: Final = 27        # Unary: __builtin_constant_p(operand) not yet known
E_COND2: Final = 28         # Conditional with middle omitted (a ?: b): `then` is None
COMPARISONS: Final = frozenset(("==", "!=", "<", ">", "<=", ">="))
"""The texts of a `Binary` of type int that compares."""


class Expr:
    """Base of expressions.  `parenthesized` serves the parser's warnings only."""

    def __init__(self, op: int, ty: Type, loc: Loc) -> None:
        self.op = op
        self.ty = ty
        self.loc = loc
        self.parenthesized = False

    def operands(self) -> tuple[Expr, ...]:
        """The expressions right below, in the order in which they are written; what a statement expression's body holds is not among them."""
        return ()


class IntConst(Expr):
    """Integer (or pointer, after folding) constant; `value` is in the range of the type.  `folded`:
    the language does not call it an integer constant expression (so 0 is no null pointer constant)."""

    def __init__(self, value: int, ty: Type, loc: Loc) -> None:
        super().__init__(E_INT, ty, loc)
        self.value = value
        self.folded = False


class FloatConst(Expr):
    """Floating constant; `bits` is the encoding in the type's FloatFormat (see cc/floats.py)."""

    def __init__(self, bits: int, ty: Type, loc: Loc) -> None:
        super().__init__(E_FLOAT, ty, loc)
        self.bits = bits


class ComplexConst(Expr):
    """Constant of complex type: the encodings (or integer values) of both parts."""

    def __init__(self, real: int, imag: int, ty: Type, loc: Loc) -> None:
        super().__init__(E_COMPLEX, ty, loc)
        self.real = real
        self.imag = imag


class StringLit(Expr):
    """String literal: `data` holds the elements' bytes in target order, terminator included."""

    def __init__(self, data: bytes, ty: Type, loc: Loc) -> None:
        super().__init__(E_STRING, ty, loc)
        self.data = data


class NameRef(Expr):
    """An object or function."""

    def __init__(self, symbol: Symbol, ty: Type, loc: Loc) -> None:
        super().__init__(E_NAME, ty, loc)
        self.symbol = symbol


class Unary(Expr):
    """`text`: `-` `~` `!` `+`, `*` (E_DEREF), `&` (E_ADDR), `__real__` `__imag__` (E_PART)."""

    def __init__(self, op: int, text: str, operand: Expr, ty: Type, loc: Loc) -> None:
        super().__init__(op, ty, loc)
        self.text = text
        self.operand = operand

    def operands(self) -> tuple[Expr, ...]:
        return (self.operand,)


class Binary(Expr):
    """`text`: the C operator.  Operands have been converted: arithmetic on equal types, pointer +
    integer with the integer already of ptrdiff_t's size but *not* scaled (lower scales by the size of
    the pointed-to type, which may be a VLA), pointer - pointer gives a count of elements,
    comparisons have type int; shifts keep their own right type; complex and vector operands allowed."""

    def __init__(self, op: int, text: str, left: Expr, right: Expr, ty: Type, loc: Loc) -> None:
        super().__init__(op, ty, loc)
        self.text = text
        self.left = left
        self.right = right

    def operands(self) -> tuple[Expr, ...]:
        return (self.left, self.right)


class Assign(Expr):
    """`target = value` (`text` "="; value converted to the target's type), or a compound assignment
    (`text` is the operator without `=`): the computation is done in type `compute`, to which the
    target's value is converted; `value` is already of the right operand's type for it (for a pointer
    target: an integer of ptrdiff_t's size, not scaled, and `compute` is the pointer type)."""

    def __init__(self, text: str, target: Expr, value: Expr, compute: Type, ty: Type, loc: Loc) -> None:
        super().__init__(E_ASSIGN, ty, loc)
        self.text = text
        self.target = target
        self.value = value
        self.compute = compute

    def operands(self) -> tuple[Expr, ...]:
        return (self.target, self.value)


class IncDec(Expr):
    """`++` or `--`; pointers step by their element."""

    def __init__(self, operand: Expr, delta: int, prefix: bool, ty: Type, loc: Loc) -> None:
        super().__init__(E_INCDEC, ty, loc)
        self.operand = operand
        self.delta = delta
        self.prefix = prefix

    def operands(self) -> tuple[Expr, ...]:
        return (self.operand,)


class Conditional(Expr):
    """`condition ? then : other`; `then` is None for GNU `a ?: b` (the condition's value, converted
    to the type of the whole, is the result)."""

    def __init__(self, condition: Expr, then: Expr | None, other: Expr, ty: Type, loc: Loc) -> None:
        super().__init__(E_COND if then is not None else E_COND2, ty, loc)
        self.condition = condition
        self.then = then
        self.other = other

    def operands(self) -> tuple[Expr, ...]:
        return (self.condition, self.other) if self.then is None else (self.condition, self.then, self.other)


# Kinds of cast; lower needs no other look at the two types than sizes and signedness.
CAST_VALUE: Final = 0       # arithmetic conversion, also pointer <-> integer, to _Bool (compares with 0)
CAST_DECAY: Final = 1       # array or function to pointer: the operand's address
CAST_VOID: Final = 2        # value discarded
CAST_BITS: Final = 3        # same bits: between vectors, pointer to pointer, record to itself with other qualifiers
CAST_UNION: Final = 4       # GNU cast to union: operand becomes the member at offset 0
CAST_SPLAT: Final = 5       # scalar to vector


class Cast(Expr):
    """Conversion of `operand` to `ty`."""

    def __init__(self, kind: int, operand: Expr, ty: Type, loc: Loc, explicit: bool = False) -> None:
        super().__init__(E_CAST, ty, loc)
        self.kind = kind
        self.operand = operand
        self.explicit = explicit

    def operands(self) -> tuple[Expr, ...]:
        return (self.operand,)


class Call(Expr):
    """Call through `callee`, an expression of pointer-to-function type (a decayed NameRef for a
    direct call).  `ftype` is the function type; arguments are converted or promoted."""

    def __init__(self, callee: Expr, args: list[Expr], ftype: FunctionType, ty: Type, loc: Loc) -> None:
        super().__init__(E_CALL, ty, loc)
        self.callee = callee
        self.args = args
        self.ftype = ftype

    def operands(self) -> tuple[Expr, ...]:
        return (self.callee, *self.args)


class BuiltinCall(Expr):
    """A `__builtin_`, `__sync_` or `__atomic_` function that the parser did not fold; `name` as
    written, `args` converted as its signature asks, `type_args` for those that take types."""

    def __init__(self, name: str, args: list[Expr], ty: Type, loc: Loc) -> None:
        super().__init__(E_BUILTIN, ty, loc)
        self.name = name
        self.args = args
        self.type_args: list[Type] = []

    def operands(self) -> tuple[Expr, ...]:
        return tuple(self.args)


class MemberRef(Expr):
    """`object.member`; `->` is a Deref inside.  `object` is an lvalue or a record value.  For members
    of anonymous records there is one MemberRef per level."""

    def __init__(self, object_: Expr, member: Member, ty: Type, loc: Loc) -> None:
        super().__init__(E_MEMBER, ty, loc)
        self.object = object_
        self.member = member

    def operands(self) -> tuple[Expr, ...]:
        return (self.object,)


class CompoundLit(Expr):
    """`(type){...}`: an unnamed object; `symbol` is its object (static storage at file scope)."""

    def __init__(self, symbol: Symbol, init: Initializer, ty: Type, loc: Loc) -> None:
        super().__init__(E_COMPOUND, ty, loc)
        self.symbol = symbol
        self.init = init

    def operands(self) -> tuple[Expr, ...]:
        return self.init.values()


class StmtExpr(Expr):
    """GNU `({ ... })`.  If `result` is not None, it is the last expression statement's expression,
    taken out of `body` (evaluated in the body's scope, after it)."""

    def __init__(self, body: Compound, result: Expr | None, ty: Type, loc: Loc) -> None:
        super().__init__(E_STMT, ty, loc)
        self.body = body
        self.result = result

    def operands(self) -> tuple[Expr, ...]:
        return () if self.result is None else (self.result,)


FIELD_VALUES: Final = frozenset((E_MEMBER, E_ASSIGN, E_INCDEC, E_COMMA, E_STMT))
"""Expressions whose value can have the type of a bit-field."""


def field_width(e: Expr) -> int:
    """Width of the bit-field of whose type the value of `e` is, -1 if it is none: gcc gives a bit-field a type of its own width, which
    assignments to it, commas and statement expressions keep."""
    while True:
        if isinstance(e, MemberRef):
            return e.member.bit_width
        if isinstance(e, Assign):
            e = e.target
        elif isinstance(e, IncDec):
            e = e.operand
        elif e.op == E_COMMA and isinstance(e, Binary):
            e = e.right
        elif isinstance(e, StmtExpr) and e.result is not None:
            e = e.result
        else:
            return -1


class LabelAddr(Expr):
    """GNU `&&label`."""

    def __init__(self, label: Label, ty: Type, loc: Loc) -> None:
        super().__init__(E_LABEL, ty, loc)
        self.label = label


class VaArg(Expr):
    """`__builtin_va_arg(ap, ty)`; `ap` is an lvalue of type va_list or a pointer to it (array decay)."""

    def __init__(self, ap: Expr, ty: Type, loc: Loc) -> None:
        super().__init__(E_VA_ARG, ty, loc)
        self.ap = ap

    def operands(self) -> tuple[Expr, ...]:
        return (self.ap,)


class VlaSize(Expr):
    """Size in bytes, at run time, of a type that contains variable array bounds."""

    def __init__(self, measured: Type, ty: Type, loc: Loc) -> None:
        super().__init__(E_VLA_SIZE, ty, loc)
        self.measured = measured


class InitItem:
    """Put `value` at `offset` bytes into the object; into a bit-field if `member` is given.  `value`
    has the type of that sub-object; a StringLit initialises an array (only as many bytes as fit: `size`)."""

    def __init__(self, offset: int, value: Expr, member: Member | None = None, size: int = -1) -> None:
        self.offset = offset
        self.value = value
        self.member = member
        self.size = size


class Initializer:
    """All of an object's initialiser, in order of evaluation; what no item covers is zero if `braced`
    (a scalar or whole-record initialiser has one item at offset 0 and is not braced).  `size` is the
    size of the object, flexible array member included."""

    def __init__(self, items: list[InitItem], size: int, braced: bool, loc: Loc) -> None:
        self.items = items
        self.size = size
        self.braced = braced
        self.loc = loc

    def values(self) -> tuple[Expr, ...]:
        """The expressions of all items."""
        return tuple([item.value for item in self.items])


# ---------------------------------------------------------------- symbols
# Storage of a Symbol.
S_TYPEDEF: Final = 0
S_EXTERN: Final = 1         # external linkage, object or function, defined here or not
S_STATIC: Final = 2         # internal linkage, or static local
S_AUTO: Final = 3
S_REGISTER: Final = 4       # also `register T x asm("reg")`, local (with `asm_name`) or global
S_PARAM: Final = 5
S_ENUM_CONST: Final = 6
S_BUILTIN: Final = 7        # known function such as __builtin_memcpy, not declared by the program


class Attributes:
    """Attributes of a symbol, merged over all its declarations.  Names are gcc's.

    Defaults stand in the class: making one costs nothing in interpreted Python."""

    section: str = ""
    aligned: int = 0
    weak: bool = False
    alias: str = ""
    weakref: str = ""
    ifunc: str = ""
    visibility: int = -1                # STV_*, -1: default of -fvisibility
    used: bool = False
    retain: bool = False
    unused: bool = False
    noreturn: bool = False
    noinline: bool = False
    always_inline: bool = False
    flatten: bool = False
    gnu_inline: bool = False
    noclone: bool = False
    noipa: bool = False
    naked: bool = False
    cold: bool = False
    no_plt: bool = False
    hot: bool = False
    pure: int = 0                       # 1 pure, 2 const
    malloc: bool = False
    returns_twice: bool = False
    returns_nonnull: bool = False
    leaf: bool = False
    nothrow: bool = False
    constructor: int = -1               # priority, 65535 when none is given; -1: not one
    destructor: int = -1
    cleanup: Symbol | None = None
    error: str = ""
    warning: str = ""
    deprecated: str | None = None
    no_stack_protector: bool = False
    stack_protect: bool = False
    no_instrument: bool = False
    patchable: tuple[int, int] | None = None     # patchable_function_entry(n, m)
    tls_model: str = ""
    common: int = -1                    # 1 common, 0 nocommon
    optimize: str = ""                  # optimize("O0" ...) as written
    target: str = ""                    # target("...") as written
    alloc_align: int = -1
    assume_aligned: int = 0
    nonnull: list[int] | None = None   # 0-based; empty list: all pointers
    sentinel: int = -1
    warn_unused_result: bool = False
    externally_visible: bool = False
    artificial: bool = False
    interrupt: str = ""
    indirect_branch: str = ""
    function_return: str = ""
    symver: str = ""
    zero_call_used_regs: str = ""
    uninitialized: bool = False
    nonstring: bool = False

    def __init__(self) -> None:
        self.alloc_size: list[int] = []     # 0-based parameter indices
        self.access: list[tuple[int, int]] = []     # 0-based: a pointer, and the number of elements it points to
        self.format: list[tuple[str, int, int]] = []      # archetype, format index, first argument (as written)
        self.no_sanitize: list[str] = []
        self.target_specific: list[str] = []    # attributes that only the target knows, as written


class Symbol:
    """An object, function, typedef or enumerator.  One per entity: redeclarations are merged in."""

    def __init__(self, name: str, storage: int, ty: Type, loc: Loc) -> None:
        self.name = name
        self.storage = storage
        self.ty = ty
        self.loc = loc
        self.asm_name = ""                  # from asm("x"), else ""
        self.attrs = Attributes()
        self.is_function = False
        self.is_inline = False              # declared inline in any declaration
        self.is_extern_inline = False       # definition gives no external code (gnu_inline rule or C99 rule, resolved by the parser)
        self.defined = False
        self.tentative = False              # file-scope object without initialiser so far
        self.thread_local = False
        self.function: FunctionDef | None = None
        self.init: Initializer | None = None
        self.address_taken = False          # object: its address escapes its scope's registers; function: used other than by direct call
        self.used = False
        self.reads = 0                      # mentions that are not plain writes (for -Wunused-but-set-*)
        self.assigned = False
        self.value = 0                      # enumerator
        self.unique = 0                     # number that tells static locals of the same name apart; 0 for others
        self.depth = 0                      # scope depth; 0 file scope
        self.order = 0                      # source order of first declaration in the unit; output is sorted by the definition's
        self.vla_type: Type | None = None
        self.nested_in: FunctionDef | None = None   # owner of an automatic variable or nested function
        self.captured = False               # automatic variable used by a nested function
        self.system = False                 # declared in a system header
        self.explicit_signed = False        # typedef of an integer type written with `signed` (for -funsigned-bitfields)
        self.not_builtin = False            # function whose name is a library function's, but not its type (or -fno-builtin-NAME)


class Label:
    """A label.  `depth` helps to check jumps into the scope of VLAs and cleanups."""

    def __init__(self, name: str, loc: Loc) -> None:
        self.name = name
        self.loc = loc
        self.defined = False
        self.used = False
        self.address_taken = False
        self.nonlocal_jump = False                  # a nested function jumps here; set by the parser
        self.function: FunctionDef | None = None    # owner, for non-local goto from nested functions


# ---------------------------------------------------------------- statements
ST_EXPR: Final = 0          # ExprStmt
ST_COMPOUND: Final = 1      # Compound
ST_IF: Final = 2            # If
ST_WHILE: Final = 3         # Loop: condition first
ST_DO: Final = 4            # Loop: condition last
ST_FOR: Final = 5           # For
ST_SWITCH: Final = 6        # Switch
REVERSED: Final = "reversed *"
"""`Unary.text` of a subscript (E_DEREF) into an array stored in the order of bytes that is not the target's."""
ST_CASE: Final = 7          # Case
ST_LABEL: Final = 8         # Labelled
ST_GOTO: Final = 9          # Goto
ST_IGOTO: Final = 10        # ExprStmt: computed goto
ST_BREAK: Final = 11        # Stmt
ST_CONTINUE: Final = 12     # Stmt
ST_RETURN: Final = 13       # Return
ST_ASM: Final = 14          # Asm
ST_DECL: Final = 15         # Decl
ST_EMPTY: Final = 16        # Stmt
ST_VLA: Final = 17          # VlaDecl: evaluate the bounds of a variably modified type, at its declaration


class Stmt:
    """Base of statements."""

    def __init__(self, op: int, loc: Loc) -> None:
        self.op = op
        self.loc = loc

    def expressions(self) -> tuple[Expr, ...]:
        """The expressions right below, in the order in which they are written."""
        return ()

    def statements(self) -> tuple[Stmt, ...]:
        """The statements right below, in the order in which they are written."""
        return ()


class ExprStmt(Stmt):
    """`expr;`, or `goto *expr;` (ST_IGOTO)."""

    def __init__(self, op: int, expr: Expr, loc: Loc) -> None:
        super().__init__(op, loc)
        self.expr = expr

    def expressions(self) -> tuple[Expr, ...]:
        return (self.expr,)


class Compound(Stmt):
    """`{ ... }`: a scope.  `end_loc` is the closing brace."""

    def __init__(self, items: list[Stmt], loc: Loc, end_loc: Loc = NO_LOC) -> None:
        super().__init__(ST_COMPOUND, loc)
        self.items = items
        self.end_loc = end_loc

    def statements(self) -> tuple[Stmt, ...]:
        return tuple(self.items)


class If(Stmt):
    """`condition` is of scalar type."""

    def __init__(self, condition: Expr, then: Stmt, other: Stmt | None, loc: Loc) -> None:
        super().__init__(ST_IF, loc)
        self.condition = condition
        self.then = then
        self.other = other

    def expressions(self) -> tuple[Expr, ...]:
        return (self.condition,)

    def statements(self) -> tuple[Stmt, ...]:
        return (self.then,) if self.other is None else (self.then, self.other)


class Loop(Stmt):
    """while or do."""

    def __init__(self, op: int, condition: Expr, body: Stmt, loc: Loc) -> None:
        super().__init__(op, loc)
        self.condition = condition
        self.body = body

    def expressions(self) -> tuple[Expr, ...]:
        return (self.condition,)

    def statements(self) -> tuple[Stmt, ...]:
        return (self.body,)


class For(Stmt):
    """for; a scope of its own."""

    def __init__(self, init: Stmt | None, condition: Expr | None, step: Expr | None, body: Stmt, loc: Loc) -> None:
        super().__init__(ST_FOR, loc)
        self.init = init
        self.condition = condition
        self.step = step
        self.body = body

    def expressions(self) -> tuple[Expr, ...]:
        return tuple([e for e in (self.condition, self.step) if e is not None])

    def statements(self) -> tuple[Stmt, ...]:
        return (self.body,) if self.init is None else (self.init, self.body)


class Switch(Stmt):
    """`cases` are the Case statements inside `body`, in order; `default` has `is_default`.  The
    condition is promoted; case values are converted to its type."""

    def __init__(self, condition: Expr, loc: Loc) -> None:
        super().__init__(ST_SWITCH, loc)
        self.condition = condition
        self.body: Stmt = Stmt(ST_EMPTY, loc)
        self.cases: list[Case] = []

    def expressions(self) -> tuple[Expr, ...]:
        return (self.condition,)

    def statements(self) -> tuple[Stmt, ...]:
        return (self.body,)


class Case(Stmt):
    """`case low ... high:` or `default:`; `body` is the labelled statement."""

    def __init__(self, low: int, high: int, is_default: bool, loc: Loc) -> None:
        super().__init__(ST_CASE, loc)
        self.low = low
        self.high = high
        self.is_default = is_default
        self.body: Stmt = Stmt(ST_EMPTY, loc)

    def statements(self) -> tuple[Stmt, ...]:
        return (self.body,)


class Labelled(Stmt):
    """`label: body`."""

    def __init__(self, label: Label, body: Stmt, loc: Loc) -> None:
        super().__init__(ST_LABEL, loc)
        self.label = label
        self.body = body

    def statements(self) -> tuple[Stmt, ...]:
        return (self.body,)


class Goto(Stmt):
    """`goto label;`"""

    def __init__(self, label: Label, loc: Loc) -> None:
        super().__init__(ST_GOTO, loc)
        self.label = label


class Return(Stmt):
    """`value` is converted to the function's return type."""

    def __init__(self, value: Expr | None, loc: Loc) -> None:
        super().__init__(ST_RETURN, loc)
        self.value = value

    def expressions(self) -> tuple[Expr, ...]:
        return () if self.value is None else (self.value,)


class Decl(Stmt):
    """Declarations of automatic objects with their initialisers, in order (static locals and typedefs
    leave no statement; a static local's initialiser is in its Symbol)."""

    def __init__(self, symbol: Symbol, init: Initializer | None, loc: Loc) -> None:
        super().__init__(ST_DECL, loc)
        self.symbol = symbol
        self.init = init

    def expressions(self) -> tuple[Expr, ...]:
        return () if self.init is None else self.init.values()


class VlaDecl(Stmt):
    """Evaluate the array bounds in `measured` now; later VlaSize and pointer arithmetic use them."""

    def __init__(self, measured: Type, loc: Loc) -> None:
        super().__init__(ST_VLA, loc)
        self.measured = measured


class AsmOperand:
    """`[name] "constraint" (expr)`; for outputs `expr` is an lvalue."""

    def __init__(self, name: str, constraint: str, expr: Expr, loc: Loc) -> None:
        self.name = name
        self.constraint = constraint
        self.expr = expr
        self.loc = loc


class Asm(Stmt):
    """Inline assembly; also at file scope (`is_basic`, no operands).  `template` is the text after
    string concatenation, with `%` sequences as written."""

    def __init__(self, template: str, loc: Loc) -> None:
        super().__init__(ST_ASM, loc)
        self.template = template
        self.outputs: list[AsmOperand] = []
        self.inputs: list[AsmOperand] = []
        self.clobbers: list[str] = []
        self.labels: list[Label] = []
        self.is_volatile = False
        self.is_basic = False
        self.is_goto = False
        self.is_inline = False

    def expressions(self) -> tuple[Expr, ...]:
        return tuple([o.expr for o in (*self.outputs, *self.inputs)])


class FunctionDef:
    """A function's definition."""

    def __init__(self, symbol: Symbol, params: list[Symbol], body: Compound, loc: Loc, end_loc: Loc) -> None:
        self.symbol = symbol
        self.ftype: FunctionType | None = None
        self.params = params
        self.body = body
        self.loc = loc
        self.end_loc = end_loc
        self.labels: list[Label] = []
        self.nested: list[FunctionDef] = []
        self.outer: FunctionDef | None = None
        self.vla_counts: dict[int, Expr] = {}       # ArrayType.vla_index -> count expression
        self.calls_setjmp = False
        self.calls_alloca = False
        self.asks_subobjects = False                # __builtin_object_size of type 1 or 3
        self.has_asm_goto = False
        self.statics: list[Symbol] = []             # static locals, in order
        self.loc_first: Loc = NO_LOC                # range of locations of the body's tokens: [loc_first, loc_last]
        self.loc_last: Loc = NO_LOC
        self.pragma_optimize = ""

    def dispose(self) -> None:
        """Let go of what refers back to the definition: circles keep memory until the garbage collector comes."""
        self.body.items = []
        self.params = []
        for label in self.labels:
            label.function = None
        self.labels = []
        for f in self.nested:
            f.dispose()
        self.nested = []
        self.statics = []
        self.vla_counts = {}
        self.symbol.function = None
