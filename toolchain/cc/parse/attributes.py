"""Attributes: `__attribute__((...))`, `[[...]]` (gcc manual, "Attribute Syntax").

Reading gives a list of `Attr`; what one means depends on where it stands, so it is applied to a
symbol (`apply_symbol`), or asked for by type and record code (`aligned`, `packed`, `mode` ...).
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.parse.ast import S_REGISTER, S_TYPEDEF, Expr, IntConst, StringLit, Symbol
from toolchain.cc.parse.keywords import K_ATTRIBUTE
from toolchain.cc.preprocess.tokens import IDENTIFIER, Sym
from toolchain.cc.types import FLOAT16, Type, align_of
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core

VISIBILITIES: Final[dict[str, int]] = {"default": 0, "internal": 1, "hidden": 2, "protected": 3}
"""Names to ELF's STV_ values."""

# How arguments are read.
A_NONE: Final = 0           # no arguments, or arguments that are skipped
A_EXPRESSIONS: Final = 1
A_WORD_FIRST: Final = 2     # an identifier first (mode, format, cleanup), then expressions
A_ALIGN: Final = 3          # a type or an expression

_SHAPES: Final[tuple[tuple[int, str], ...]] = (
    (A_NONE, "packed used unused weak noreturn noinline always_inline flatten gnu_inline noclone noipa naked cold hot pure const"
             " returns_twice returns_nonnull leaf nothrow no_stack_protector stack_protect no_instrument_function nocommon common"
             " transparent_union may_alias externally_visible artificial fallthrough designated_init warn_if_not_aligned"
             " no_split_stack no_sanitize_address no_sanitize_thread no_sanitize_undefined no_address_safety_analysis"
             " no_profile_instrument_function no_reorder nonstring retain ms_struct gcc_struct uninitialized noplt no_icf"
             " unavailable signal maybe_unused nodiscard fastcall cdecl stdcall thiscall"
             " ms_abi sysv_abi force_align_arg_pointer no_caller_saved_registers nocf_check interrupt_handler ms_hook_prologue"
             " cf_check fentry_name fentry_section indirect_return"),
    (A_EXPRESSIONS, "section alias weakref ifunc visibility constructor destructor error warning deprecated patchable_function_entry"
                    " tls_model optimize target alloc_size alloc_align assume_aligned nonnull sentinel warn_unused_result no_sanitize"
                    " interrupt indirect_branch function_return symver vector_size zero_call_used_regs regparm scalar_storage_order"
                    " tainted_args"),
    (A_WORD_FIRST, "mode format format_arg cleanup malloc copy access"),
    (A_ALIGN, "aligned"),
)
KNOWN: Final[dict[str, int]] = {name: shape for shape, names in _SHAPES for name in names.split()}
"""Attribute names without surrounding underscores, and how their arguments are read."""

_TARGET_ONLY: Final = frozenset((
    "fastcall", "cdecl", "stdcall", "thiscall", "ms_abi", "sysv_abi", "force_align_arg_pointer", "no_caller_saved_registers", "nocf_check",
    "interrupt_handler", "ms_hook_prologue", "regparm", "cf_check", "fentry_name", "fentry_section",
    "indirect_return", "signal"))
_FLAGS: Final = frozenset((
    "used", "unused", "weak", "noreturn", "noinline", "always_inline", "flatten", "gnu_inline", "noclone", "noipa", "naked", "cold", "hot", "noplt",
    "leaf", "nothrow", "returns_twice", "returns_nonnull", "no_stack_protector", "stack_protect", "retain", "artificial",
    "externally_visible", "uninitialized", "nonstring", "malloc"))


class Attr:
    """One attribute as read: canonical `name`; `word` an identifier argument; `args` expressions;
    `type_arg` the operand of aligned(type); `has_args`: parentheses were there."""

    def __init__(self, name: str, loc: Loc) -> None:
        self.name = name
        self.loc = loc
        self.word: Sym | None = None
        self.args: list[Expr] = []
        self.has_args = False

    def text(self, i: int) -> str:
        """Argument `i` as a string; empty if it is none."""
        if i < len(self.args):
            e = self.args[i]
            if isinstance(e, StringLit):
                return e.data[:-1].decode("utf-8", "surrogateescape")
        return ""

    def number(self, i: int, default: int) -> int:
        """Argument `i` as an integer."""
        if i < len(self.args):
            e = self.args[i]
            if isinstance(e, IntConst):
                return e.value
        return default


class AttributeReader:
    """Reads and applies attributes."""

    def __init__(self, core: Core) -> None:
        self.core = core

    # ---- reading

    def at(self) -> bool:
        """An attribute specifier begins at the cursor."""
        core = self.core
        text = core.text()
        if text == "[":
            return core.peek(1) == "["
        return core.keywords.get(text, 0) == K_ATTRIBUTE

    def read(self, into: list[Attr]) -> None:
        """Read all attribute specifiers at the cursor."""
        core = self.core
        while True:
            text = core.tokens[core.pos].sym.text
            if core.keywords.get(text, 0) == K_ATTRIBUTE:
                core.pos += 1
                core.expect("(")
                core.expect("(")
                self._list(into, ")")
                core.expect(")")
                core.expect(")")
            elif text == "[" and core.peek(1) == "[":
                core.pos += 2
                self._list(into, "]")
                core.expect("]")
                core.expect("]")
            else:
                return

    def _list(self, into: list[Attr], close: str) -> None:
        core = self.core
        while True:
            if core.text() == ",":
                core.pos += 1
                continue
            if core.text() == close:
                return
            token = core.tokens[core.pos]
            if token.kind != IDENTIFIER:
                core.missing(f"'{close}'")
            name = token.sym.text
            loc = core.loc()
            core.pos += 1
            if core.text() == ":" and core.peek(1) == ":":
                core.pos += 2
                name = core.text()
                core.pos += 1
            elif core.text() == "::":
                core.pos += 1
                name = core.text()
                core.pos += 1
            if len(name) > 4 and name.startswith("__") and name.endswith("__"):
                name = name[2:-2]
            attr = Attr(name, loc)
            if core.text() == "(":
                attr.has_args = True
                self._arguments(attr)
            if name not in KNOWN:
                core.warn("attributes", loc, f"'{name}' attribute directive ignored")
                continue
            into.append(attr)
            if core.text() not in (",", close):
                core.missing(f"'{close}'")

    def _arguments(self, attr: Attr) -> None:
        core = self.core
        shape = KNOWN.get(attr.name, A_NONE)
        if shape == A_NONE:
            core.skip_balanced()
            return
        core.pos += 1
        if core.accept(")"):
            return
        if shape == A_WORD_FIRST and core.tokens[core.pos].kind == IDENTIFIER and core.peek(1) in (",", ")"):
            attr.word = core.tokens[core.pos].sym
            core.pos += 1
            if not core.accept(","):
                core.expect(")")
                return
        while True:
            if shape == A_ALIGN and core.expressions.starts_type(0):
                ty = core.declarations.type_name()
                core.records.complete(ty)
                attr.args.append(IntConst(align_of(ty), core.types.size_t, core.loc()))
            else:
                core.constant_context += 1
                e = core.evaluator.simplify(core.expressions.assignment())
                core.constant_context -= 1
                attr.args.append(e)
            if not core.accept(","):
                break
        core.expect(")")

    # ---- questions of type code

    def find(self, attrs: list[Attr], name: str) -> Attr | None:
        """The last attribute of that name."""
        found: Attr | None = None
        for a in attrs:
            if a.name == name:
                found = a
        return found

    def has(self, attrs: list[Attr], name: str) -> bool:
        """Whether one of that name is there."""
        return any(a.name == name for a in attrs)

    def alignment(self, attrs: list[Attr]) -> int:
        """The greatest alignment asked for, in bytes; 0 if none is."""
        best = 0
        for a in attrs:
            if a.name == "aligned":
                value = a.number(0, self.core.types.layout.max_align) if a.has_args else self.core.types.layout.max_align
                if a.args and not isinstance(a.args[0], IntConst):
                    self.core.error(a.loc, "requested alignment is not an integer constant")
                elif value <= 0 or value & (value - 1):
                    self.core.error(a.loc, f"requested alignment '{value}' is not a positive power of 2")
                else:
                    best = max(best, value)
        return best

    # ---- application

    def apply_symbol(self, symbol: Symbol, attrs: list[Attr]) -> None:
        """Merge declaration attributes into a symbol."""
        for a in attrs:
            self._apply(symbol, a)

    def _apply(self, symbol: Symbol, a: Attr) -> None:
        name = a.name
        into = symbol.attrs
        if name in _TARGET_ONLY:
            args = ",".join([e.data[:-1].decode() if isinstance(e, StringLit) else str(e.value) if isinstance(e, IntConst) else ""
                             for e in a.args])
            text = f"{name}({args})" if args else name
            if text not in into.target_specific:
                into.target_specific.append(text)
        elif name in _FLAGS:
            self._flag(symbol, a)
        elif name == "maybe_unused":
            into.unused = True
        elif name == "nodiscard" or name == "warn_unused_result":
            into.warn_unused_result = True
        elif name == "section":
            into.section = a.text(0)
        elif name == "aligned":
            if symbol.storage != S_TYPEDEF:
                into.aligned = max(into.aligned, self.alignment([a]))
        elif name == "alias":
            into.alias = a.text(0)
        elif name == "weakref":
            into.weakref = a.text(0)
            into.weak = True
        elif name == "ifunc":
            into.ifunc = a.text(0)
        elif name == "visibility":
            value = VISIBILITIES.get(a.text(0))
            if value is None:
                self.core.error(a.loc, "attribute 'visibility' argument must be one of \"default\", \"hidden\", \"protected\" or \"internal\"")
            else:
                into.visibility = value
        else:
            self._apply_rest(symbol, a)

    def _flag(self, symbol: Symbol, a: Attr) -> None:
        into = symbol.attrs
        name = a.name
        if name == "used":
            into.used = True
        elif name == "unused":
            into.unused = True
        elif name == "weak":
            into.weak = True
        elif name == "noreturn":
            into.noreturn = True
        elif name == "noinline":
            into.noinline = True
        elif name == "always_inline":
            into.always_inline = True
        elif name == "flatten":
            into.flatten = True
        elif name == "gnu_inline":
            into.gnu_inline = True
        elif name == "noclone":
            into.noclone = True
        elif name == "noipa":
            into.noipa = True
            into.noinline = True
            into.noclone = True
        elif name == "naked":
            into.naked = True
            into.noinline = True
        elif name == "cold":
            into.cold = True
        elif name == "noplt":
            into.no_plt = True
        elif name == "hot":
            into.hot = True
        elif name == "leaf":
            into.leaf = True
        elif name == "nothrow":
            into.nothrow = True
        elif name == "returns_twice":
            into.returns_twice = True
        elif name == "returns_nonnull":
            into.returns_nonnull = True
        else:
            self._flag_rest(symbol, a)

    def _flag_rest(self, symbol: Symbol, a: Attr) -> None:
        into = symbol.attrs
        name = a.name
        if name == "no_stack_protector":
            into.no_stack_protector = True
        elif name == "stack_protect":
            into.stack_protect = True
        elif name == "retain":
            into.retain = True
        elif name == "artificial":
            into.artificial = True
        elif name == "externally_visible":
            into.externally_visible = True
        elif name == "uninitialized":
            into.uninitialized = True
        elif name == "nonstring":
            into.nonstring = True
        elif name == "malloc":
            into.malloc = into.malloc or a.word is None

    def _apply_rest(self, symbol: Symbol, a: Attr) -> None:
        into = symbol.attrs
        name = a.name
        if name == "const":
            into.pure = 2
        elif name == "pure":
            into.pure = max(into.pure, 1)
        elif name == "constructor":
            into.constructor = a.number(0, 65535)
            if 0 <= into.constructor <= 100:
                self.core.warn("prio-ctor-dtor", a.loc, "constructor priorities from 0 to 100 are reserved for the implementation")
        elif name == "destructor":
            into.destructor = a.number(0, 65535)
        elif name == "cleanup":
            self._cleanup(symbol, a)
        elif name == "error":
            into.error = a.text(0)
        elif name == "warning":
            into.warning = a.text(0)
        elif name == "deprecated" or name == "unavailable":
            into.deprecated = a.text(0)
        elif name == "no_instrument_function":
            into.no_instrument = True
        elif name == "patchable_function_entry":
            into.patchable = (a.number(0, 0), a.number(1, 0))
        elif name == "tls_model":
            into.tls_model = a.text(0)
        elif name == "common":
            into.common = 1
        elif name == "nocommon":
            into.common = 0
        elif name == "optimize":
            into.optimize = ",".join([a.text(i) or f"O{a.number(i, 0)}" for i in range(len(a.args))])
        elif name == "target":
            into.target = ",".join([a.text(i) for i in range(len(a.args))])
        elif name == "symver":
            into.symver = " ".join([into.symver, *(a.text(n) for n in range(len(a.args)))]).strip()
        elif name == "interrupt":
            into.interrupt = a.text(0) or "interrupt"
        elif name == "indirect_branch":
            into.indirect_branch = a.text(0)
        elif name == "function_return":
            into.function_return = a.text(0)
        elif name == "zero_call_used_regs":
            into.zero_call_used_regs = a.text(0)
        else:
            self._apply_hints(symbol, a)

    def _apply_hints(self, symbol: Symbol, a: Attr) -> None:
        """Attributes about arguments, for warnings and the optimiser."""
        into = symbol.attrs
        name = a.name
        if name == "alloc_size":
            into.alloc_size = [a.number(i, 1) - 1 for i in range(len(a.args))]
        elif name == "access" and len(a.args) == 2:
            into.access.append((a.number(0, 1) - 1, a.number(1, 1) - 1))
        elif name == "alloc_align":
            into.alloc_align = a.number(0, 1) - 1
        elif name == "assume_aligned":
            into.assume_aligned = a.number(0, 0)
        elif name == "nonnull":
            if not a.args:
                into.nonnull = []
            elif into.nonnull is None:
                into.nonnull = [a.number(i, 1) - 1 for i in range(len(a.args))]
            elif into.nonnull:
                into.nonnull = into.nonnull + [a.number(i, 1) - 1 for i in range(len(a.args))]
        elif name == "format":
            kind = a.word.text if a.word is not None else ""
            if kind.startswith("__") and kind.endswith("__"):
                kind = kind[2:-2]
            row = (kind, a.number(0, 0), a.number(1, 0))
            if row not in into.format:
                into.format.append(row)
        elif name == "sentinel":
            into.sentinel = a.number(0, 0)
        elif name == "no_sanitize":
            into.no_sanitize.extend([a.text(i) for i in range(len(a.args))])
        elif name.startswith("no_sanitize_"):
            into.no_sanitize.append(name[12:])
        elif name == "copy" and a.word is not None:
            self._copy(symbol, a.word)

    def _cleanup(self, symbol: Symbol, a: Attr) -> None:
        core = self.core
        if a.word is None:
            core.error(a.loc, "cleanup argument not an identifier")
            return
        function = core.environment.find(a.word)
        if function is None or not function.is_function:
            core.error(a.loc, "cleanup argument not a function")
            return
        function.used = True
        symbol.attrs.cleanup = function
        symbol.address_taken = True
        symbol.used = True
        if symbol.storage == S_REGISTER:
            symbol.address_taken = False

    def _copy(self, symbol: Symbol, source: Sym) -> None:
        """`copy(f)`: all of f's attributes but those that name it (alias, visibility, weak ...)."""
        other = self.core.environment.find(source)
        if other is None:
            return
        b = other.attrs
        into = symbol.attrs
        into.cold = into.cold or b.cold
        into.no_plt = into.no_plt or b.no_plt
        into.hot = into.hot or b.hot
        into.noreturn = into.noreturn or b.noreturn
        into.noinline = into.noinline or b.noinline
        into.nothrow = into.nothrow or b.nothrow
        into.leaf = into.leaf or b.leaf
        into.section = into.section or b.section
        into.no_stack_protector = into.no_stack_protector or b.no_stack_protector
        into.pure = max(into.pure, b.pure)
        into.malloc = into.malloc or b.malloc

    def mode(self, attrs: list[Attr], ty: Type) -> Type:
        """`ty` changed by a `mode` attribute."""
        a = self.find(attrs, "mode")
        if a is None or a.word is None:
            return ty
        core = self.core
        name = a.word.text.strip("_")
        floats = {"HF": 16, "SF": 18, "DF": 19, "XF": 20, "TF": 21 if core.types.layout.ldouble_size != 16 else 20}
        if ty.kind >= FLOAT16:
            if name in floats and 16 <= ty.kind <= 21:
                return core.types.basic[floats[name]]
            if name in ("SC", "DC", "XC", "TC"):
                return core.types.complex(core.types.basic[floats[name[0] + "F"]])
            return ty
        if name in floats:
            return core.types.basic[floats[name]]
        made = core.mode_type(name, not core.types.unsigned(ty))
        if made is None:
            core.error(a.loc, f"unknown machine mode '{name}'")
            return ty
        return core.types.qualify(made, ty.quals)
