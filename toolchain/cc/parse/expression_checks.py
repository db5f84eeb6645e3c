"""Warnings about expressions.  None of these methods changes a tree."""
from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.cc.parse.ast import (
    CAST_DECAY,
    CAST_VOID,
    COMPARISONS,
    E_ADDR,
    E_ASSIGN,
    E_BINARY,
    E_BUILTIN,
    E_CALL,
    E_COMMA,
    E_DEREF,
    E_INCDEC,
    E_LOGICAL,
    E_STMT,
    E_UNARY,
    Assign,
    Binary,
    Call,
    Cast,
    Conditional,
    Expr,
    FloatConst,
    IncDec,
    IntConst,
    MemberRef,
    NameRef,
    StringLit,
    Unary,
)
from toolchain.cc.parse.spell import type_text
from toolchain.cc.preprocess.tokens import CHARACTER
from toolchain.cc.types import ARRAY, BOOL, ENUM, POINTER, VOID, PointerType, Type, align_of, is_integer, is_unsigned
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core



class ExpressionChecks:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.warnings = core.warnings
        self.parentheses = "parentheses" in core.warnings
        self.sign_compare = "sign-compare" in core.warnings
        self.type_limits = "type-limits" in core.warnings
        self.enum_conversion = "enum-conversion" in core.warnings
        self.enum_compare = "enum-compare" in core.warnings
        self.values = bool(core.warnings & {"conversion", "sign-conversion", "float-conversion"})

    # ---- operators

    def before_binary(self, text: str, left: Expr, right: Expr, loc: Loc) -> None:
        """-Wparentheses and -Wlogical-not-parentheses: precedence that surprises."""
        if self.parentheses:
            self._precedence(text, left, right, loc)
        if text in COMPARISONS and isinstance(left, Unary) and left.text == "!" and left.op == E_UNARY and not left.parenthesized:
            if right.ty.kind != BOOL and not self.core.operators.is_bool_like(right) and not (
                    isinstance(right, Unary) and right.text == "!") and "logical-not-parentheses" in self.warnings:
                inner = left.operand
                if self.core.operators.is_bool_like(inner) or (isinstance(inner, Unary) and inner.text == "!"):
                    return
                if self.core.warn("logical-not-parentheses", loc, "logical not is only applied to the left hand side of comparison"):
                    self.core.diagnostics.note(left.loc, "add parentheses around left hand side expression to silence this warning")
        if text in COMPARISONS and "tautological-compare" in self.warnings:
            self._self_comparison(text, left, right, loc)

    def _self_comparison(self, text: str, left: Expr, right: Expr, loc: Loc) -> None:
        if not isinstance(left, NameRef) or not isinstance(right, NameRef) or left.symbol is not right.symbol:
            return
        if left.ty.quals & 2 or not is_integer(left.ty) or self.core.unevaluated:
            return
        if any("macro" in phrase for phrase, _ in self.core.diagnostics.locations.resolve(loc).chain):
            return
        self.core.warn("tautological-compare", loc, f"self-comparison always evaluates to {'true' if text in ('==', '<=', '>=') else 'false'}")

    def _precedence(self, text: str, left: Expr, right: Expr, loc: Loc) -> None:
        for e in (left, right):
            if not isinstance(e, Binary) or e.parenthesized:
                continue
            inner = e.text
            if text in ("<<", ">>"):
                if inner in ("+", "-") and e.op == E_BINARY:
                    self.core.warn("parentheses", e.loc, f"suggest parentheses around '{inner}' inside '{text}'")
            elif text == "&":
                if inner in ("+", "-"):
                    self.core.warn("parentheses", e.loc, f"suggest parentheses around '{inner}' in operand of '&'")
                elif inner in COMPARISONS:
                    self.core.warn("parentheses", e.loc, "suggest parentheses around comparison in operand of '&'")
            elif text in ("|", "^"):
                if inner in ("+", "-", "&") or (text == "|" and inner == "^"):
                    self.core.warn("parentheses", e.loc, f"suggest parentheses around arithmetic in operand of '{text}'")
                elif inner in COMPARISONS:
                    self.core.warn("parentheses", e.loc, f"suggest parentheses around comparison in operand of '{text}'")
            elif text in ("==", "!="):
                if inner in COMPARISONS:
                    self.core.warn("parentheses", e.loc, f"suggest parentheses around comparison in operand of '{text}'")
            elif text in COMPARISONS and inner in ("<", ">", "<=", ">="):
                self.core.warn("parentheses", e.loc, "comparisons like 'X<=Y<=Z' do not have their mathematical meaning")

    def before_logical(self, text: str, left: Expr, right: Expr, loc: Loc) -> None:
        """-Wparentheses: `a && b || c`."""
        if self.parentheses and text == "||":
            for e in (left, right):
                if isinstance(e, Binary) and e.op == E_LOGICAL and e.text == "&&" and not e.parenthesized:
                    self.core.warn("parentheses", e.loc, "suggest parentheses around '&&' within '||'")
        for e in (left, right):
            self.truth(e)

    def condition(self, e: Expr, start: Loc) -> None:
        """-Wparentheses: an assignment used as truth value; -Waddress."""
        if self.parentheses and isinstance(e, Assign) and not e.parenthesized:
            if e.text == "=":
                self.core.warn("parentheses", start, "suggest parentheses around assignment used as truth value")
        self.truth(e)

    def truth(self, e: Expr) -> None:
        """-Waddress and -Wint-in-bool-context in conditions."""
        if isinstance(e, NameRef) and e.symbol.is_function and not e.symbol.attrs.weak:
            self.core.warn("address", e.loc, f"the address of '{e.symbol.name}' will always evaluate as 'true'")

    def address_truth(self, e: Expr, loc: Loc) -> None:
        """-Waddress for `!function`."""
        if isinstance(e, Cast) and e.kind == CAST_DECAY:
            self.truth(e.operand)

    def pointer_compare(self, text: str, left: Expr, right: Expr, loc: Loc) -> None:
        """-Waddress: the address of an object compared with NULL; -Warray-compare."""
        self._arrays(text, left, right, loc)
        if text not in ("==", "!=") or "address" not in self.warnings:
            return
        for e, other in ((left, right), (right, left)):
            if not (isinstance(other, IntConst) and other.value == 0) or e.parenthesized:
                continue
            target: Expr | None = None
            if isinstance(e, Cast) and e.kind == CAST_DECAY:
                target = e.operand
            elif isinstance(e, Unary) and e.op == E_ADDR:
                target = e.operand
            if isinstance(target, NameRef) and not target.symbol.attrs.weak and not target.symbol.storage == 5:
                if any("macro" in phrase for phrase, _ in self.core.diagnostics.locations.resolve(loc).chain):
                    continue            # common in macros that also take null pointers
                truth = "false" if text == "==" else "true"
                self.core.warn("address", loc, f"the comparison will always evaluate as '{truth}' for the address of "
                               f"'{target.symbol.name}' will never be NULL")

    def with_character(self, pointer: Expr, zero: Expr, loc: Loc) -> None:
        """-Wpointer-compare: `p == '\\0'`."""
        offset = zero.loc - self.core.base
        if 0 <= offset < len(self.core.tokens) and self.core.tokens[offset].kind == CHARACTER:
            if self.core.warn("pointer-compare", loc, "comparison between pointer and zero character constant"):
                self.core.diagnostics.note(pointer.loc, "did you mean to dereference the pointer?")

    def _arrays(self, text: str, left: Expr, right: Expr, loc: Loc) -> None:
        """-Warray-compare."""
        names = [e.operand.symbol.name for e in (left, right) if isinstance(e, Cast) and e.kind == CAST_DECAY and not e.explicit
                 and isinstance(e.operand, NameRef) and e.operand.ty.kind == ARRAY]
        if len(names) == 2 and self.core.warn("array-compare", loc, "comparison between two arrays"):
            self.core.diagnostics.note(loc, f"use '&{names[0]}[0] {text} &{names[1]}[0]' to compare the addresses")

    def packed_member(self, e: Expr, target: PointerType) -> None:
        """-Waddress-of-packed-member."""
        if isinstance(e, Unary) and e.op == E_ADDR or isinstance(e, Cast) and e.kind == CAST_DECAY:
            place = e.operand
            while isinstance(place, MemberRef):
                record = place.object.ty.unq
                if place.member.packed and record.align < align_of(target.base):
                    self.core.warn("address-of-packed-member", e.loc, f"taking address of packed member of {type_text(record)} may result in an "
                                   "unaligned pointer value")
                    return
                place = place.object

    def shift(self, text: str, left: Expr, right: Expr, loc: Loc) -> None:
        """-Wshift-count-negative, -Wshift-count-overflow, -Wshift-negative-value."""
        if not isinstance(right, IntConst) or self.core.unevaluated or self.core.inhibited:
            return
        name = "left" if text == "<<" else "right"
        bits = 8 * self.core.conversions.promoted_type(left).size
        if right.value < 0:
            self.core.warn("shift-count-negative", loc, f"{name} shift count is negative")
        elif right.value >= bits:
            self.core.warn("shift-count-overflow", loc, f"{name} shift count >= width of type")
        elif text == "<<" and isinstance(left, IntConst):
            if left.value < 0:
                self.core.warn("shift-negative-value", loc, "left shift of negative value")
            self._shift_overflow(left, right.value, bits, loc)

    def _shift_overflow(self, left: IntConst, count: int, bits: int, loc: Loc) -> None:
        """-Wshift-overflow=: bits of a signed constant are lost; level 1 lets 1 reach the sign.  Where signed numbers wrap, nothing is lost."""
        options = self.core.options
        if options.flag("wrapv", not options.flag("strict-overflow", True)):
            return
        if self.core.types.unsigned(left.ty) or self.core.c90 and "shift-overflow" not in self.core.options.warnings or not left.value:
            return
        needed = (left.value if left.value >= 0 else ~left.value).bit_length() + 1 + count
        if needed > bits and not (self.core.levels.level("shift-overflow") == 1 and count == bits - 1 and left.value == 1):
            self.core.warn("shift-overflow=", loc, f"result of '{left.value} << {count}' requires {needed} bits to represent, "
                           f"but {type_text(left.ty)} only has {bits} bits")

    def arithmetic(self, text: str, left: Expr, right: Expr, common: Type, loc: Loc) -> None:
        """-Wdiv-by-zero; constants that change their sign in the common type."""
        if self.values and is_integer(common) and not self.core.unevaluated:
            for e in (left, right):
                if isinstance(e, IntConst) and e.value < 0:
                    self.core.statements.lint.conversions.constant(e, common, e.loc)
        if text in ("/", "%") and isinstance(right, IntConst) and right.value == 0 and is_integer(common) and not (
                self.core.unevaluated or self.core.inhibited):
            self.core.warn("div-by-zero", loc, "division by zero")

    def overflow(self, text: str, left: Expr, right: Expr, common: Type, loc: Loc) -> None:
        """-Woverflow of a folded signed operation."""
        if not isinstance(left, IntConst) or not isinstance(right, IntConst) or not is_integer(common):
            return
        types = self.core.types
        if types.unsigned(common) or text not in ("+", "-", "*", "/"):
            return
        exact = self.core.folder.arithmetic(text, left.value, right.value, common)
        if exact is not None and types.wrap(exact, common) != exact and not (self.core.unevaluated or self.core.inhibited):
            self.core.warn("overflow", loc, f"integer overflow in expression of type {type_text(common)} results in "
                           f"'{types.wrap(exact, common)}'")

    def compare(self, text: str, left: Expr, right: Expr, common: Type, loc: Loc) -> None:
        """-Wsign-compare, -Wtype-limits and -Wenum-compare."""
        if self.enum_compare and (left.ty.kind == ENUM or right.ty.kind == ENUM):
            a = self.core.enumeration(left)
            b = self.core.enumeration(right)
            if a is not None and b is not None and a is not b:
                self.core.warn("enum-compare", loc, f"comparison between {type_text(a)} and {type_text(b)}")
        if not is_integer(common) or not self.core.types.unsigned(common):
            return
        if self.type_limits and isinstance(right, IntConst) and right.value == 0 and text in ("<", ">="):
            if is_unsigned(left.ty) and not isinstance(left, IntConst) and left.ty.kind != BOOL:
                truth = "false" if text == "<" else "true"
                operator = "<" if text == "<" else ">="
                self.core.warn("type-limits", loc, f"comparison of unsigned expression in '{operator} 0' is always {truth}")
        if not self.sign_compare or self.core.unevaluated:
            return
        for e, other in ((left, right), (right, left)):
            t = self.core.conversions.promoted_type(e)
            if not self.core.types.unsigned(t) and not self._never_negative(e):
                if text in ("==", "!=") and isinstance(other, IntConst) and other.value < 1 << 8 * t.size - 1:
                    return
                self.core.warn("sign-compare", loc, f"comparison of integer expressions of different signedness: "
                               f"{type_text(left.ty)} and {type_text(right.ty)}")
                return

    def _never_negative(self, e: Expr) -> bool:
        if isinstance(e, IntConst):
            return e.value >= 0
        if is_integer(e.ty) and e.ty.kind != ENUM and self.core.types.unsigned(e.ty):
            return True
        if isinstance(e, Cast) and is_integer(e.operand.ty):
            inner = e.operand
            if self.core.types.unsigned(inner.ty) and inner.ty.unq.size <= e.ty.unq.size:
                return True
            return self._never_negative(inner)
        if isinstance(e, MemberRef) and e.member.bit_width >= 0 and self.core.types.unsigned(e.ty):
            return True
        if isinstance(e, Binary):
            if e.op == E_LOGICAL or e.text in COMPARISONS:
                return True
            if e.text == "&":
                return self._never_negative(e.left) or self._never_negative(e.right)
            if e.text in ("|", "^", "/", ">>"):
                return self._never_negative(e.left) and (e.text == ">>" or self._never_negative(e.right))
            if e.text == "%":
                return self._never_negative(e.left)
        if isinstance(e, Unary) and e.op == E_UNARY and e.text == "!":
            return True
        if isinstance(e, Conditional) and e.then is not None:
            return self._never_negative(e.then) and self._never_negative(e.other)
        if e.ty.kind == ENUM:
            return True
        return False

    def conditional_sign(self, a: Expr, b: Expr, loc: Loc) -> None:
        """-Wsign-compare for the arms of `?:`."""
        if not self.sign_compare or not (is_integer(a.ty) and is_integer(b.ty)):
            return
        common = self.core.conversions.common_type(a, b)
        if not self.core.types.unsigned(common):
            return
        for e in (a, b):
            t = self.core.conversions.promoted_type(e)
            if not self.core.types.unsigned(t) and not self._never_negative(e):
                self.core.warn("sign-compare", e.loc, f"operand of '?:' changes signedness from {type_text(t)} to {type_text(common)} "
                               f"due to unsignedness of other operand")
                return

    def conversion(self, e: Expr, target: Type, loc: Loc) -> None:
        """-Woverflow of a constant converted to a type that does not hold it; -Wenum-conversion."""
        if self.enum_conversion and target.kind == ENUM:
            source = self.core.enumeration(e)
            if source is not None and source is not target.unq:
                self.core.warn("enum-conversion", loc, f"implicit conversion from {type_text(source)} to {type_text(target)}")
        if target.kind in (BOOL, ENUM) or self.core.unevaluated or self.core.inhibited:
            return
        if not isinstance(e, IntConst) or not is_integer(target):
            if self.values and isinstance(e, (IntConst, FloatConst)):
                self.core.statements.lint.conversions.constant(e, target, loc)
            return
        types = self.core.types
        value = e.value
        wrapped = types.wrap(value, target)
        if wrapped == value:
            return
        bits = 8 * target.unq.size
        unsigned = types.unsigned(target)
        # gcc is silent where only the interpretation of the same bits changes.
        if -(1 << (bits - 1)) <= value < 1 << bits:
            if self.values:
                self.core.statements.lint.conversions.constant(e, target, loc)
            return
        if unsigned and value < 0:
            self.core.warn("overflow", loc, f"unsigned conversion from {type_text(e.ty)} to {type_text(target)} changes value "
                           f"from '{value}' to '{wrapped}'")
        elif unsigned:
            self.core.warn("overflow", loc, f"unsigned conversion from {type_text(e.ty)} to {type_text(target)} changes value "
                           f"from '{value}' to '{wrapped}'")
        else:
            self.core.warn("overflow", loc, f"overflow in conversion from {type_text(e.ty)} to {type_text(target)} changes value "
                           f"from '{value}' to '{wrapped}'")

    # ---- -Wunused-value

    def has_effect(self, e: Expr) -> bool:
        """Evaluating `e` does something besides giving a value (or gcc does not warn about its form)."""
        op = e.op
        if op in (E_ASSIGN, E_INCDEC, E_CALL, E_STMT, E_BUILTIN) or e.ty.kind == VOID or e.ty.quals & 2:
            return True
        if isinstance(e, Cast):
            return e.kind == CAST_VOID or self.has_effect(e.operand)
        if op in (E_COMMA, E_LOGICAL) and isinstance(e, Binary):
            return self.has_effect(e.right)
        if isinstance(e, Conditional):
            return self.contains_effect(e)
        return op >= 18 and op not in (22, 25)

    def unused_left(self, e: Expr, loc: Loc) -> None:
        """A comma's left operand without effect."""
        if "unused-value" in self.warnings and not self.has_effect(e) and not self.core.unevaluated:
            self.core.warn("unused-value", loc, "left-hand operand of comma expression has no effect")

    def written(self, e: Expr) -> None:
        """`e` is written, not read."""
        while isinstance(e, MemberRef):
            e = e.object
        if isinstance(e, NameRef):
            e.symbol.reads -= 1

    def discarded(self, e: Expr) -> None:
        """The value of `e` is not used: what an assignment writes is not read by it (the value of one is a read, as in gcc)."""
        if isinstance(e, IncDec):
            self.written(e.operand)
        elif isinstance(e, Assign):
            self.written(e.target)
        elif e.op == E_COMMA and isinstance(e, Binary):
            self.discarded(e.right)

    def statement(self, e: Expr) -> None:
        """An expression statement: value or result unused."""
        self.discarded(e)
        self.unused_result(e)
        if "unused-value" not in self.warnings or self.has_effect(e):
            return
        stripped = e
        while isinstance(stripped, Cast) and not stripped.explicit:
            stripped = stripped.operand
        if self.contains_effect(stripped):
            self.core.warn("unused-value", stripped.loc, "value computed is not used")
        else:
            self.core.warn("unused-value", stripped.loc, "statement with no effect")

    def contains_effect(self, e: Expr) -> bool:
        """Some part of `e` has a side effect."""
        if e.op in (E_ASSIGN, E_INCDEC, E_CALL, E_STMT, E_BUILTIN) or e.ty.quals & 2:
            return True
        return any(self.contains_effect(part) for part in e.operands())

    def unused_result(self, e: Expr) -> None:
        """-Wunused-result: ignoring what a warn_unused_result function returns."""
        if isinstance(e, Cast) and e.kind == CAST_VOID:
            e = e.operand
        if not isinstance(e, Call):
            return
        callee = e.callee
        if isinstance(callee, Cast) and isinstance(callee.operand, NameRef):
            s = callee.operand.symbol
            if s.attrs.warn_unused_result and e.ty.kind != VOID:
                self.core.warn("unused-result", e.loc, f"ignoring return value of '{s.name}' declared with attribute 'warn_unused_result'")

    # ---- text

    def text_of(self, e: Expr) -> str:
        """An expression as gcc spells it in messages (roughly its source)."""
        if isinstance(e, NameRef):
            return e.symbol.name
        if isinstance(e, IntConst):
            return str(e.value)
        if isinstance(e, MemberRef):
            inner = e.object
            if isinstance(inner, Unary) and inner.op == E_DEREF:
                return f"{self.text_of(inner.operand)}->{e.member.name}"
            return f"{self.text_of(inner)}.{e.member.name}"
        if isinstance(e, Cast):
            return self.text_of(e.operand) if not e.explicit else f"({type_text(e.ty)[1:-1]}){self.text_of(e.operand)}"
        if isinstance(e, Unary):
            inner = e.operand
            if e.op == E_DEREF and isinstance(inner, Binary) and inner.text == "+" and inner.ty.kind == POINTER:
                if isinstance(inner.left, Cast) and inner.left.kind == CAST_DECAY:
                    return f"{self.text_of(inner.left)}[{self.text_of(inner.right)}]"
                return f"*({self.text_of(inner.left)} + {self.text_of(inner.right)})"
            return e.text + self.text_of(inner)
        if isinstance(e, Binary):
            return f"{self.text_of(e.left)} {e.text} {self.text_of(e.right)}"
        if isinstance(e, Call):
            return f"{self.text_of(e.callee)}({', '.join([self.text_of(a) for a in e.args])})"
        if isinstance(e, StringLit):
            return '"' + e.data[:-1].decode("utf-8", "replace") + '"'
        return "<expression>"
