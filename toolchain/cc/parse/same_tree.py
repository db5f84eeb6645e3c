"""Equality of expressions and statements, for warnings about repeated conditions and branches."""
from __future__ import annotations

from toolchain.cc.parse.ast import (
    Assign,
    Binary,
    BuiltinCall,
    Call,
    Cast,
    Compound,
    Conditional,
    Expr,
    ExprStmt,
    FloatConst,
    Goto,
    If,
    IncDec,
    IntConst,
    MemberRef,
    NameRef,
    Return,
    Stmt,
    StringLit,
    Unary,
)


def same(a: Expr | None, b: Expr | None) -> bool:
    """The same computation, side effects included."""
    if a is None or b is None:
        return a is b
    if a.op != b.op or a.ty.unq is not b.ty.unq:
        return False
    if isinstance(a, NameRef) and isinstance(b, NameRef):
        return a.symbol is b.symbol
    if isinstance(a, IntConst) and isinstance(b, IntConst):
        return a.value == b.value
    if isinstance(a, FloatConst) and isinstance(b, FloatConst):
        return a.bits == b.bits
    if isinstance(a, StringLit) and isinstance(b, StringLit):
        return a.data == b.data
    if isinstance(a, Unary) and isinstance(b, Unary):
        return a.text == b.text and same(a.operand, b.operand)
    if isinstance(a, Binary) and isinstance(b, Binary):
        return a.text == b.text and same(a.left, b.left) and same(a.right, b.right)
    if isinstance(a, Cast) and isinstance(b, Cast):
        return a.kind == b.kind and same(a.operand, b.operand)
    if isinstance(a, MemberRef) and isinstance(b, MemberRef):
        return a.member is b.member and same(a.object, b.object)
    if isinstance(a, Assign) and isinstance(b, Assign):
        return a.text == b.text and same(a.target, b.target) and same(a.value, b.value)
    if isinstance(a, IncDec) and isinstance(b, IncDec):
        return a.delta == b.delta and a.prefix == b.prefix and same(a.operand, b.operand)
    if isinstance(a, Conditional) and isinstance(b, Conditional):
        return same(a.condition, b.condition) and same(a.then, b.then) and same(a.other, b.other)
    if isinstance(a, Call) and isinstance(b, Call):
        return same(a.callee, b.callee) and _same_list(a.args, b.args)
    if isinstance(a, BuiltinCall) and isinstance(b, BuiltinCall):
        return a.name == b.name and not a.type_args and not b.type_args and _same_list(a.args, b.args)
    return False


def _same_list(a: list[Expr], b: list[Expr]) -> bool:
    return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))


def same_statement(a: Stmt | None, b: Stmt | None) -> bool:
    """The same text, as far as that is easily told."""
    if a is None or b is None:
        return a is b
    if a.op != b.op:
        return False
    if isinstance(a, ExprStmt) and isinstance(b, ExprStmt):
        return same(a.expr, b.expr)
    if isinstance(a, Compound) and isinstance(b, Compound):
        return len(a.items) == len(b.items) and all(same_statement(x, y) for x, y in zip(a.items, b.items))
    if isinstance(a, Return) and isinstance(b, Return):
        return same(a.value, b.value)
    if isinstance(a, If) and isinstance(b, If):
        return same(a.condition, b.condition) and same_statement(a.then, b.then) and same_statement(a.other, b.other)
    if isinstance(a, Goto) and isinstance(b, Goto):
        return a.label is b.label
    return type(a) is Stmt


def effect_free(e: Expr | None) -> bool:
    """Computing `e` again gives the same and changes nothing."""
    if e is None or isinstance(e, (IntConst, FloatConst, StringLit)):
        return True
    if e.ty.quals & 2:
        return False
    if isinstance(e, NameRef):
        return True
    return isinstance(e, (Unary, Cast, Binary, MemberRef, Conditional)) and all(effect_free(part) for part in e.operands())
