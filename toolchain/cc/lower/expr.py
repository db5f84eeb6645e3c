"""Expressions: values, conditions, and evaluation for side effects only.

`rvalue` gives a scalar's value, or the address of the bytes of a memory type (see `typemap`).
"""
from __future__ import annotations

from typing import cast

from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import NIL, Block, Instr
from toolchain.cc.lower import assign, builtins, calls, complexes, ops, stmt, vectors, vla
from toolchain.cc.lower import lvalue as lvalues
from toolchain.cc.lower.context import Fn
from toolchain.cc.lower.typemap import is_memory, is_void
from toolchain.cc.parse.ast import (
    CAST_DECAY,
    CAST_SPLAT,
    CAST_UNION,
    CAST_VALUE,
    CAST_VOID,
    E_ADDR,
    E_ASSIGN,
    E_BINARY,
    E_BUILTIN,
    E_CALL,
    E_CAST,
    E_COMMA,
    E_COMPLEX,
    E_COMPOUND,
    E_COND,
    E_COND2,
    E_CONSTP,
    E_DEREF,
    E_FLOAT,
    E_INCDEC,
    E_INDEX,
    E_INT,
    E_LABEL,
    E_LOGICAL,
    E_MEMBER,
    E_NAME,
    E_PART,
    E_SHUFFLE,
    E_STMT,
    E_STRING,
    E_UNARY,
    E_VA_ARG,
    E_VLA_SIZE,
    Assign,
    Binary,
    BuiltinCall,
    Call,
    Cast,
    ComplexConst,
    Conditional,
    Expr,
    FloatConst,
    IncDec,
    IntConst,
    LabelAddr,
    MemberRef,
    NameRef,
    StmtExpr,
    Unary,
    VaArg,
    VlaSize,
)
from toolchain.cc.types import BOOL, COMPLEX, POINTER, VECTOR, VOLATILE, ComplexType, Type, size_of


def rvalue(f: Fn, e: Expr) -> Instr:
    """Value of `e`; NIL for void."""
    op = e.op
    if op == E_INT:
        return f.const(f.types.ir_type(e.ty), cast(IntConst, e).value)
    if op == E_NAME:
        if cast(NameRef, e).symbol.is_function:
            return f.function.global_address(f.module.symbol(cast(NameRef, e).symbol))
        return lvalues.load(f, lvalues.name(f, cast(NameRef, e)))
    if op == E_CAST:
        return cast_value(f, cast(Cast, e))
    saved = f.loc
    f.loc = e.loc or saved
    v = _rvalue(f, e, op)
    f.loc = saved
    return v


def _rvalue(f: Fn, e: Expr, op: int) -> Instr:
    if op == E_MEMBER or op == E_DEREF or op == E_STRING or op == E_COMPOUND or op == E_INDEX:
        if op == E_DEREF and is_void(e.ty):
            effect(f, cast(Unary, e).operand)
            return NIL
        return lvalues.load(f, lvalues.lvalue(f, e))
    if op == E_BINARY:
        return binary(f, cast(Binary, e))
    if op == E_CALL:
        return calls.call(f, cast(Call, e))
    if op == E_ASSIGN:
        return assign.assign(f, cast(Assign, e))
    if op == E_ADDR:
        return lvalues.address(f, cast(Unary, e).operand)
    if op == E_INCDEC:
        return assign.incdec(f, cast(IncDec, e))
    if op == E_LOGICAL:
        return _logical(f, e)
    if op == E_COND or op == E_COND2:
        return conditional(f, cast(Conditional, e))
    if op == E_UNARY:
        return unary(f, cast(Unary, e))
    if op == E_STMT:
        return stmt.statement_expression(f, cast(StmtExpr, e))
    if op == E_BUILTIN:
        return builtins.builtin(f, cast(BuiltinCall, e))
    if op == E_COMMA:
        b = cast(Binary, e)
        effect(f, b.left)
        return rvalue(f, b.right)
    if op == E_FLOAT:
        return f.function.fconst(f.types.ir_type(e.ty), cast(FloatConst, e).bits)
    return _rare(f, e, op)


def _rare(f: Fn, e: Expr, op: int) -> Instr:
    if op == E_CONSTP:
        return constant_p(f, cast(Unary, e).operand, e)
    if op == E_PART:
        return part(f, cast(Unary, e))
    if op == E_COMPLEX:
        return complexes.constant(f, cast(ComplexConst, e))
    if op == E_LABEL:
        return stmt.label_address(f, cast(LabelAddr, e).label)
    if op == E_VA_ARG:
        return builtins.va_arg(f, cast(VaArg, e))
    if op == E_VLA_SIZE:
        return ops.resize(f, vla.size(f, cast(VlaSize, e).measured), f.types.ir_type(e.ty), False)
    if op == E_SHUFFLE:
        return vectors.shuffle(f, cast(BuiltinCall, e))
    return f.function.undef(f.types.ir_type(e.ty)) if not is_void(e.ty) else NIL


def effect(f: Fn, e: Expr) -> None:
    """Evaluate `e` for its side effects."""
    op = e.op
    if op == E_INT or op == E_FLOAT or op == E_STRING:
        return
    if op == E_CAST:
        c = cast(Cast, e)
        if c.kind == CAST_DECAY and c.operand.op == E_NAME:
            return
        effect(f, c.operand)
        return
    if op == E_NAME:
        if e.ty.quals & VOLATILE and not is_memory(e.ty):
            rvalue(f, e)
        return
    if op == E_COND or op == E_COND2:
        _conditional_effect(f, cast(Conditional, e))
        return
    if op == E_LOGICAL:
        b = cast(Binary, e)
        more = f.add_block()
        done = f.add_block()
        if b.text == "&&":
            condition(f, b.left, more, done)
        else:
            condition(f, b.left, done, more)
        f.start(more)
        effect(f, b.right)
        f.jump(done)
        f.start(done)
        return
    if op == E_COMMA:
        effect(f, cast(Binary, e).left)
        effect(f, cast(Binary, e).right)
        return
    if op == E_MEMBER and not e.ty.quals & VOLATILE:
        if is_memory(e.ty) or not is_memory(cast(MemberRef, e).object.ty):
            effect(f, cast(MemberRef, e).object)
            return
    if op == E_INCDEC:
        assign.incdec(f, cast(IncDec, e), False)
        return
    if op == E_CALL and calls.print_simplified(f, cast(Call, e)):
        return
    rvalue(f, e)


def _conditional_effect(f: Fn, e: Conditional) -> None:
    yes = f.add_block()
    no = f.add_block()
    done = f.add_block()
    condition(f, e.condition, yes, no)
    f.start(yes)
    if e.then is not None:
        effect(f, e.then)
    f.jump(done)
    f.start(no)
    effect(f, e.other)
    f.jump(done)
    f.start(done)


# ----------------------------------------------------------------- conditions
def condition(f: Fn, e: Expr, yes: Block, no: Block, probability: int = 0) -> None:
    """Branch on the truth of `e`.  `probability` of true, in 1/1000 (0: unknown)."""
    op = e.op
    if op == E_LOGICAL:
        b = cast(Binary, e)
        more = f.add_block()
        if b.text == "&&":
            condition(f, b.left, more, no, probability if probability > 500 else 0)
        else:
            condition(f, b.left, yes, more, probability if probability < 500 else 0)
        f.start(more)
        condition(f, b.right, yes, no, probability)
        return
    if op == E_UNARY and cast(Unary, e).text == "!":
        condition(f, cast(Unary, e).operand, no, yes, 1000 - probability if probability else 0)
        return
    if op == E_BUILTIN and cast(BuiltinCall, e).name in ("__builtin_expect", "__builtin_expect_with_probability"):
        wanted = cast(BuiltinCall, e).args[1]
        while wanted.op == E_CAST:
            wanted = cast(Cast, wanted).operand
        if wanted.op == E_INT:
            value = cast(IntConst, wanted).value
            condition(f, cast(BuiltinCall, e).args[0], yes, no, 900 if value else 100)
            return
    if op == E_CAST and cast(Cast, e).kind == CAST_VALUE and _keeps_truth(f, cast(Cast, e)):
        condition(f, cast(Cast, e).operand, yes, no, probability)
        return
    if op == E_COMMA:
        effect(f, cast(Binary, e).left)
        condition(f, cast(Binary, e).right, yes, no, probability)
        return
    if e.ty.unq.kind == COMPLEX:
        f.branch(complexes.truth(f, e), yes, no, probability)
        return
    v = rvalue(f, e)
    f.branch(ops.truth(f, v, e.ty), yes, no, probability)


def _keeps_truth(f: Fn, c: Cast) -> bool:
    """A conversion to _Bool or to a wider integer type compares with 0 as its operand does."""
    source, target = c.operand.ty, c.ty
    if is_memory(source) or is_void(source):
        return False
    if target.unq.kind == BOOL:
        return True
    s, t = f.types.ir_type(source), f.types.ir_type(target)
    return s <= ir.PTR and t <= ir.PTR and f.types.bits(t) >= f.types.bits(s)


def _logical(f: Fn, e: Expr) -> Instr:
    yes = f.add_block()
    no = f.add_block()
    done = f.add_block()
    result = f.new_variable(ir.I32)
    condition(f, e, yes, no)
    f.start(yes)
    f.write(result, f.int32(1))
    f.jump(done)
    f.start(no)
    f.write(result, f.int32(0))
    f.jump(done)
    f.start(done)
    return f.read(result)


def conditional(f: Fn, e: Conditional) -> Instr:
    """`a ? b : c` and `a ?: c`."""
    if is_void(e.ty):
        _conditional_effect(f, e)
        return NIL
    if e.condition.ty.unq.kind == VECTOR:
        return vectors.conditional(f, e)
    yes = f.add_block()
    no = f.add_block()
    done = f.add_block()
    result = f.new_variable(f.types.ir_type(e.ty))
    kept = NIL
    if e.then is None:
        kept = rvalue(f, e.condition)
        test = complexes.truth_of(f, kept, e.condition.ty) if is_memory(e.condition.ty) else ops.truth(f, kept, e.condition.ty)
        f.branch(test, yes, no)
    else:
        condition(f, e.condition, yes, no)
    f.start(yes)
    if e.then is not None:
        v = rvalue(f, e.then)
    elif is_memory(e.ty):
        v = kept
    else:
        v = ops.convert(f, kept, e.condition.ty, e.ty)
    f.write(result, _present(f, v, result))
    f.jump(done)
    f.start(no)
    f.write(result, _present(f, rvalue(f, e.other), result))
    f.jump(done)
    f.start(done)
    return f.read(result)


def _present(f: Fn, v: Instr, variable: int) -> Instr:
    """An arm of type void or noreturn has no value."""
    return f.function.undef(f.ssa.types[variable]) if v is NIL else v


# ------------------------------------------------------------------ operators
def binary(f: Fn, e: Binary) -> Instr:
    """Arithmetic, comparison, pointer arithmetic."""
    left, right = e.left, e.right
    lk, rk = left.ty.unq.kind, right.ty.unq.kind
    if lk == VECTOR or rk == VECTOR:
        return vectors.binary(f, e)
    if lk == COMPLEX or rk == COMPLEX:
        return complexes.binary(f, e)
    text = e.text
    if lk == POINTER and text in ("+", "-"):
        a = rvalue(f, left)
        if rk == POINTER:
            n = ops.pointer_difference(f, a, rvalue(f, right), vla.pointee_size(f, left.ty))
            return ops.resize(f, n, f.types.ir_type(e.ty), True)
        b = rvalue(f, right)
        return pointer_step(f, a, b, e.ty, f.types.is_signed(right.ty), text == "-")
    if rk == POINTER and text == "+":
        a = rvalue(f, left)
        return pointer_step(f, rvalue(f, right), a, e.ty, f.types.is_signed(left.ty), False)
    a = rvalue(f, left)
    b = rvalue(f, right)
    if text in ops.COMPARISONS:
        if a.ty != b.ty:
            b = ops.resize(f, b, a.ty, f.types.is_signed(right.ty))
        v = ops.compare(f, text, a, b, f.types.is_signed(left.ty))
        return ops.resize(f, v, f.types.ir_type(e.ty), False)
    return ops.arithmetic(f, text, a, b, f.types.is_signed(e.ty))


def pointer_step(f: Fn, pointer: Instr, index: Instr, t: Type, signed: bool, negative: bool) -> Instr:
    """Pointer of C type `t` moved by `index` elements."""
    index = ops.resize(f, index, f.pointer_type, signed)
    return ops.pointer_add(f, pointer, index, vla.pointee_size(f, t), negative)


def unary(f: Fn, e: Unary) -> Instr:
    """- ~ ! +"""
    kind = e.operand.ty.unq.kind
    text = e.text
    if text == "!":
        if kind == COMPLEX:
            return f.emit(ir.EQ, ir.I32, complexes.truth(f, e.operand), f.int32(0))
        v = ops.truth(f, rvalue(f, e.operand), e.operand.ty)
        return ops.resize(f, f.emit(ir.EQ, ir.I32, v, f.const(v.ty, 0)), f.types.ir_type(e.ty), False)
    if kind == VECTOR:
        return vectors.unary(f, e)
    if kind == COMPLEX:
        return complexes.unary(f, e)
    v = rvalue(f, e.operand)
    if text == "-":
        return ops.negate(f, v)
    if text == "~":
        return f.emit(ir.NOT, v.ty, v)
    return v


def part(f: Fn, e: Unary) -> Instr:
    """__real__ or __imag__ of a value."""
    t = e.operand.ty
    if t.unq.kind != COMPLEX:
        v = rvalue(f, e.operand)
        return v if e.text == "__real__" else ops.zero(f, v.ty)
    re, im = complexes.parts(f, e.operand)
    return re if e.text == "__real__" else im


def cast_value(f: Fn, e: Cast) -> Instr:
    """A conversion."""
    operand = e.operand
    kind = e.kind
    if kind == CAST_DECAY:
        if operand.op == E_NAME and cast(NameRef, operand).symbol.is_function:
            return calls.function_address(f, cast(NameRef, operand).symbol)
        return lvalues.address(f, operand)
    if kind == CAST_VOID:
        effect(f, operand)
        return NIL
    if kind == CAST_UNION:
        place = f.temporary(e.ty)
        v = rvalue(f, operand)
        if is_memory(operand.ty):
            f.copy(place, v, size_of(operand.ty), 1)
        else:
            f.store(v, place)
        return place
    if kind == CAST_SPLAT:
        return vectors.splat(f, rvalue(f, operand), e.ty)
    source, target = is_memory(operand.ty), is_memory(e.ty)
    if not source and not target:
        v = rvalue(f, operand)
        if v is NIL:
            return f.function.undef(f.types.ir_type(e.ty))
        if is_void(e.ty):
            return NIL
        return ops.convert(f, v, operand.ty, e.ty)
    if kind == CAST_VALUE:
        return _memory_conversion(f, e)
    v = rvalue(f, operand)
    if source and target:
        return v
    if source:
        return f.load(f.types.ir_type(e.ty), v)
    place = f.temporary(e.ty)
    f.store(v, place)
    return place


def _memory_conversion(f: Fn, e: Cast) -> Instr:
    """To or from complex types, and between vector types."""
    source, target = e.operand.ty.unq, e.ty.unq
    if source.kind == VECTOR and target.kind == VECTOR:
        return vectors.convert(f, e)
    if source.kind == COMPLEX or target.kind == COMPLEX:
        if source.kind == COMPLEX:
            re, im = complexes.parts(f, e.operand)
            part_type = cast(ComplexType, source).base
        else:
            re = rvalue(f, e.operand)
            part_type = e.operand.ty
            im = ops.zero(f, re.ty)
        if target.kind == COMPLEX:
            base = cast(ComplexType, target).base
            return complexes.build(f, ops.convert(f, re, part_type, base), ops.convert(f, im, part_type, base), e.ty)
        if target.kind == BOOL:
            a, b = ops.boolean(f, re, part_type), ops.boolean(f, im, part_type)
            return f.emit(ir.TRUNC, ir.I8, f.emit(ir.OR, ir.I32, a, b))
        return ops.convert(f, re, part_type, e.ty)
    return rvalue(f, e.operand)


def constant_p(f: Fn, operand: Expr, e: Expr) -> Instr:
    """__builtin_constant_p: decided as soon as the optimiser knows; operands with side effects are
    not evaluated, and are not constant."""
    if has_side_effects(operand):
        return f.int32(0)
    if is_memory(operand.ty) or is_void(operand.ty):
        return f.int32(0)
    if f.function.level == 0:
        v = rvalue(f, operand)
        return f.int32(1 if v.op in (ir.CONST, ir.FCONST) else 0)
    v = rvalue(f, operand)
    return f.emit(ir.CONSTP, ir.I32, v)


def has_side_effects(e: Expr) -> bool:
    """Whether evaluating `e` could be noticed (gcc's TREE_SIDE_EFFECTS)."""
    op = e.op
    if op in (E_ASSIGN, E_INCDEC, E_CALL, E_STMT, E_VA_ARG):
        return op != E_CALL or not _pure_call(cast(Call, e))
    if op == E_BUILTIN:
        b = cast(BuiltinCall, e)
        return b.name not in builtins.PURE or any(has_side_effects(a) for a in b.args)
    if op == E_CAST:
        return has_side_effects(cast(Cast, e).operand)
    if op in (E_UNARY, E_DEREF, E_ADDR, E_PART, E_CONSTP):
        return bool(op == E_DEREF and e.ty.quals & VOLATILE) or op != E_CONSTP and has_side_effects(cast(Unary, e).operand)
    if op in (E_BINARY, E_LOGICAL, E_COMMA, E_INDEX):
        b2 = cast(Binary, e)
        return has_side_effects(b2.left) or has_side_effects(b2.right)
    if op == E_COND or op == E_COND2:
        c = cast(Conditional, e)
        return has_side_effects(c.condition) or c.then is not None and has_side_effects(c.then) or has_side_effects(c.other)
    if op == E_MEMBER:
        return bool(e.ty.quals & VOLATILE) or has_side_effects(cast(MemberRef, e).object)
    return op == E_NAME and bool(e.ty.quals & VOLATILE)


def _pure_call(e: Call) -> bool:
    callee = e.callee
    while callee.op == E_CAST:
        callee = cast(Cast, callee).operand
    pure = e.ftype.pure
    if callee.op == E_NAME:
        s = cast(NameRef, callee).symbol
        pure = max(pure, s.attrs.pure)
        if s.name in builtins.PURE_LIBRARY and not s.not_builtin:
            pure = 1
    return pure > 0 and not any(has_side_effects(a) for a in e.args)
