"""Calls of builtins: typing of the generic ones (atomics, overflow, classification), folding of constants."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from toolchain.cc import floats
from toolchain.cc.parse.ast import (
    CAST_BITS,
    BuiltinCall,
    Cast,
    Expr,
    FloatConst,
    IntConst,
    NameRef,
    StringLit,
    Symbol,
)
from toolchain.cc.parse.builtin_table import ATOMICS, stem
from toolchain.cc.parse.conversions import AssignContext
from toolchain.cc.parse.evaluate import C_ADDRESS
from toolchain.cc.parse.spell import type_text
from toolchain.cc.types import (
    BOOL,
    ERROR,
    FUNCTION,
    INT,
    POINTER,
    VOID,
    FunctionType,
    PointerType,
    Type,
    base_of,
    is_arithmetic,
    is_floating,
    is_integer,
    is_scalar,
)
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core

_sized_atomic: Final = re.compile(r"(__(?:atomic|sync)_\w+?)_(1|2|4|8|16)\Z")
_overflow: Final = re.compile(r"__builtin_(add|sub|mul)_overflow(_p)?\Z")
_typed_overflow: Final = re.compile(r"__builtin_([su])(add|sub|mul)(l|ll)?_overflow\Z")
_FLOAT_TESTS: Final = frozenset(("isnan", "isinf", "isinf_sign", "isfinite", "isnormal", "signbit", "issignaling", "finite", "issubnormal",
                                 "iszero"))
_FLOAT_COMPARES: Final = frozenset(("isgreater", "isgreaterequal", "isless", "islessequal", "islessgreater", "isunordered", "iseqsig"))


class BuiltinCalls:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.types = core.types

    def generic_name(self, name: str) -> bool:
        """A builtin whose typing depends on its arguments."""
        if name in ATOMICS:
            return True
        m = _sized_atomic.match(name)
        if m is not None and (m.group(1) in ATOMICS or m.group(1) + "_n" in ATOMICS):
            return True
        if _overflow.match(name) or _typed_overflow.match(name):
            return True
        if name.startswith("__builtin_"):
            return name[10:] in _FLOAT_TESTS or name[10:] in _FLOAT_COMPARES or name[10:] in (
                "speculation_safe_value", "assoc_barrier", "fpclassify", "clear_padding")
        return False

    # ---- dispatch

    def call(self, symbol: Symbol, args: list[Expr], loc: Loc) -> Expr:
        """The call of builtin `symbol`, folded if it can be."""
        core = self.core
        name = symbol.name
        if any(a.ty.kind == ERROR for a in args):
            return core.error_expr(loc)
        if name.startswith(("__atomic_", "__sync_")) and self.generic_name(name):
            return self._atomic(name, args, loc)
        short = name[10:] if name.startswith("__builtin_") else name
        if short in _FLOAT_TESTS:
            return self._float_test(name, short, args, loc)
        if short in _FLOAT_COMPARES:
            return self._float_compare(name, short, args, loc)
        if "_overflow" in name and self.generic_name(name):
            return self._overflow(name, args, loc)
        if short == "speculation_safe_value":
            return self._speculation(name, args, loc)
        if short == "assoc_barrier" and len(args) == 1:
            value = core.conversions.value(args[0])
            return BuiltinCall(name, [value], value.ty.unq, loc)
        if short == "fpclassify":
            return self._fpclassify(name, args, loc)
        if short == "clear_padding":
            return BuiltinCall(name, [core.conversions.value(args[0])], self.types.void, loc)
        if short in ("object_size", "dynamic_object_size"):
            return self._object_size(name, args, loc)
        if short in ("alloca", "alloca_with_align", "alloca_with_align_and_max") and core.function is not None:
            core.function.definition.calls_alloca = True
        if short == "setjmp" and core.function is not None:
            core.function.definition.calls_setjmp = True
        ftype = symbol.ty.unq
        assert isinstance(ftype, FunctionType)
        converted = core.expressions.convert_arguments(args, ftype, name, symbol, loc)
        if len(converted) < len(ftype.params) or (len(converted) > len(ftype.params) and not ftype.variadic):
            return core.error_expr(loc)
        if any(a.ty.kind == ERROR for a in converted):
            return core.error_expr(loc)
        folded = self._fold(short, converted, ftype.base.unq, loc)
        if folded is not None:
            return folded
        made = BuiltinCall(name, converted, ftype.base.unq, loc)
        return made

    # ---- folding

    def _fold(self, name: str, args: list[Expr], ty: Type, loc: Loc) -> Expr | None:
        """The constant that a builtin of constants gives."""
        if stem(name) in ("inf", "huge_val"):
            return FloatConst(floats.infinity(0, self.types.float_format(ty)), ty, loc)
        if name.startswith("nan"):
            return self._nan(name, args, ty, loc)
        if not args:
            return None
        e = args[0]
        if name == "strlen":
            return self._strlen(e, ty, loc)
        if name == "expect" or name == "expect_with_probability":
            return e if isinstance(e, IntConst) else None
        if isinstance(e, IntConst):
            value = self._fold_integer(name, e, ty)
            if value is None:
                return None
            made = IntConst(self.types.wrap(value, ty), ty, loc)
            made.folded = e.folded
            return made
        if isinstance(e, FloatConst):
            return self._fold_float(name, args, e, ty, loc)
        if name in ("strcmp", "strncmp", "memcmp", "strchr"):
            return self._compare_strings(name, args, ty, loc)
        return None

    def _fold_integer(self, name: str, e: IntConst, ty: Type) -> int | None:
        bits = 8 * e.ty.unq.size
        value = e.value & ((1 << bits) - 1)
        base = name.rstrip("l") if name[:3] in ("ffs", "clz", "ctz", "pop", "par", "clr", "abs") else name
        if base == "popcount":
            return value.bit_count()
        if base == "parity":
            return value.bit_count() & 1
        if base == "ffs":
            return (value & -value).bit_length()
        if base == "clz":
            return bits - value.bit_length() if value else None
        if base == "ctz":
            return (value & -value).bit_length() - 1 if value else None
        if base == "clrsb":
            v = e.value if e.value >= 0 else ~e.value
            return bits - 1 - v.bit_length()
        if name in ("abs", "labs", "llabs", "imaxabs"):
            return abs(e.value)
        if name.startswith("bswap"):
            size = e.ty.unq.size
            return int.from_bytes(value.to_bytes(size, "little"), "big")
        if name in ("toascii",):
            return e.value & 0x7F
        if name == "isdigit":
            return int(48 <= e.value <= 57)
        return None

    def _fold_float(self, name: str, args: list[Expr], e: FloatConst, ty: Type, loc: Loc) -> Expr | None:
        fmt = self.types.float_format(e.ty)
        base = stem(name)
        if base == "fabs":
            return FloatConst(floats.fabs(e.bits, fmt), ty, loc)
        if base == "copysign" and isinstance(args[1], FloatConst):
            return FloatConst(floats.copysign(e.bits, args[1].bits, fmt), ty, loc)
        if base == "sqrt" and not floats.signbit(e.bits, fmt):
            return FloatConst(floats.sqrt(e.bits, fmt), ty, loc)
        if base == "signbit":
            return IntConst(floats.signbit(e.bits, fmt), ty, loc)
        return None

    def _nan(self, name: str, args: list[Expr], ty: Type, loc: Loc) -> Expr | None:
        text = self._string(args[0]) if args else None
        if text is None:
            return None
        try:
            payload = int(text.decode(), 0) if text else 0
        except ValueError:
            return None
        return FloatConst(floats.quiet_nan(self.types.float_format(ty), payload, 0, name.startswith("nans")), ty, loc)

    def _string(self, e: Expr) -> bytes | None:
        """The characters (no terminator) that a pointer expression points to, if it is a literal."""
        c = self.core.evaluator.constant(e)
        if c is None or c.kind != C_ADDRESS or not isinstance(c.base, StringLit):
            return None
        data = c.base.data
        if not 0 <= c.value < len(data) or base_of(c.base.ty).unq.size != 1:
            return None
        rest = data[c.value:]
        end = rest.find(b"\0")
        return rest[:end] if end >= 0 else None

    def _strlen(self, e: Expr, ty: Type, loc: Loc) -> Expr | None:
        text = self._string(e)
        return None if text is None else IntConst(len(text), ty, loc)

    def _compare_strings(self, name: str, args: list[Expr], ty: Type, loc: Loc) -> Expr | None:
        a = self._string(args[0])
        b = self._string(args[1]) if len(args) > 1 else None
        if a is None or b is None or name == "strchr":
            return None
        if name == "strcmp":
            return IntConst((a > b) - (a < b), ty, loc)
        n = args[2]
        if not isinstance(n, IntConst):
            return None
        x, y = (a + b"\0")[:n.value], (b + b"\0")[:n.value]
        if name == "memcmp" and n.value > min(len(a), len(b)) + 1:
            return None
        return IntConst((x > y) - (x < y), ty, loc)

    # ---- floating-point classification

    def _float_argument(self, e: Expr, name: str, loc: Loc) -> Expr | None:
        e = self.core.conversions.value(e)
        if not is_floating(e.ty):
            if is_integer(e.ty):
                return self.core.conversions.convert(e, self.types.double)
            self.core.error(loc, f"non-floating-point argument in call to function '{name}'")
            return None
        return e

    def _float_test(self, name: str, short: str, args: list[Expr], loc: Loc) -> Expr:
        core = self.core
        if len(args) != 1:
            core.error(loc, f"too {'few' if not args else 'many'} arguments to function '{name}'")
            return core.error_expr(loc)
        e = self._float_argument(args[0], name, loc)
        if e is None:
            return core.error_expr(loc)
        if isinstance(e, FloatConst):
            fmt = self.types.float_format(e.ty)
            u = floats.unpack(e.bits, fmt)
            value = 0
            if short == "isnan":
                value = int(u.kind == floats.NAN)
            elif short == "isinf" or short == "isinf_sign":
                value = (-1 if u.sign and short == "isinf_sign" else 1) if u.kind == floats.INFINITE else 0
            elif short == "isfinite" or short == "finite":
                value = int(u.kind in (floats.ZERO, floats.FINITE))
            elif short == "isnormal":
                value = int(u.kind == floats.FINITE and not floats.is_subnormal(e.bits, fmt))
            elif short == "signbit":
                value = u.sign
            elif short == "iszero":
                value = int(u.kind == floats.ZERO)
            elif short == "issubnormal":
                value = int(floats.is_subnormal(e.bits, fmt))
            elif short == "issignaling":
                value = int(u.kind == floats.NAN and not e.bits >> (fmt.precision - 2) & 1)
            return IntConst(value, self.types.int_, loc)
        return BuiltinCall(name, [e], self.types.int_, loc)

    def _float_compare(self, name: str, short: str, args: list[Expr], loc: Loc) -> Expr:
        core = self.core
        if len(args) != 2:
            core.error(loc, f"too {'few' if len(args) < 2 else 'many'} arguments to function '{name}'")
            return core.error_expr(loc)
        a = core.conversions.value(args[0])
        b = core.conversions.value(args[1])
        if not (is_arithmetic(a.ty) and is_arithmetic(b.ty)) or not (is_floating(a.ty) or is_floating(b.ty)):
            core.error(loc, f"non-floating-point arguments in call to function '{name}'")
            return core.error_expr(loc)
        common = core.conversions.common_type(a, b)
        a = core.conversions.convert(a, common)
        b = core.conversions.convert(b, common)
        if isinstance(a, FloatConst) and isinstance(b, FloatConst):
            order = floats.compare(a.bits, b.bits, self.types.float_format(common))
            accepted = {"isgreater": (1,), "isgreaterequal": (0, 1), "isless": (-1,), "islessequal": (-1, 0), "islessgreater": (-1, 1),
                        "isunordered": (2,), "iseqsig": (0,)}[short]
            return IntConst(int(order in accepted), self.types.int_, loc)
        return BuiltinCall(name, [a, b], self.types.int_, loc)

    def _fpclassify(self, name: str, args: list[Expr], loc: Loc) -> Expr:
        core = self.core
        if len(args) != 6:
            core.error(loc, f"too {'few' if len(args) < 6 else 'many'} arguments to function '{name}'")
            return core.error_expr(loc)
        values = [core.conversions.convert(core.conversions.value(a), self.types.int_) for a in args[:5]]
        e = self._float_argument(args[5], name, loc)
        if e is None:
            return core.error_expr(loc)
        if isinstance(e, FloatConst):
            fmt = self.types.float_format(e.ty)
            u = floats.unpack(e.bits, fmt)
            i = {floats.NAN: 0, floats.INFINITE: 1, floats.ZERO: 4}.get(u.kind, 3 if floats.is_subnormal(e.bits, fmt) else 2)
            return values[i]
        return BuiltinCall(name, [*values, e], self.types.int_, loc)

    # ---- overflow

    def _overflow(self, name: str, args: list[Expr], loc: Loc) -> Expr:
        core = self.core
        conv = core.conversions
        if len(args) != 3:
            core.error(loc, f"too {'few' if len(args) < 3 else 'many'} arguments to function '{name}'")
            return core.error_expr(loc)
        a, b, r = [conv.value(x) for x in args]
        m = _typed_overflow.match(name)
        if m is not None:
            kind = {"": INT, "l": INT + 2, "ll": INT + 4}[m.group(3) or ""] + (1 if m.group(1) == "u" else 0)
            ty = self.types.basic[kind]
            a = conv.assign(a, ty, AssignContext("pass", name, 1), a.loc)
            b = conv.assign(b, ty, AssignContext("pass", name, 2), b.loc)
            r = conv.assign(r, self.types.pointer(ty), AssignContext("pass", name, 3), r.loc)
            if ERROR in (a.ty.kind, b.ty.kind, r.ty.kind):
                return core.error_expr(loc)
            return BuiltinCall(f"__builtin_{m.group(2)}_overflow", [a, b, r], self.types.bool_, loc)
        for i, e in enumerate((a, b)):
            if not is_integer(e.ty):
                core.error(e.loc, f"argument {i + 1} in call to function '{name}' does not have integral type")
                return core.error_expr(loc)
        if name.endswith("_p"):
            if not is_integer(r.ty):
                core.error(r.loc, f"argument 3 in call to function '{name}' does not have integral type")
                return core.error_expr(loc)
            if isinstance(a, IntConst) and isinstance(b, IntConst):
                text = {"add": "+", "sub": "-", "mul": "*"}[name[10:13]]
                exact = core.folder.arithmetic(text, a.value, b.value, a.ty)
                assert exact is not None
                return IntConst(int(self.types.wrap(exact, r.ty) != exact), self.types.bool_, loc)
        elif r.ty.kind != POINTER or not is_integer(base_of(r.ty)) or base_of(r.ty).kind == BOOL:
            core.error(r.loc, f"argument 3 in call to function '{name}' does not have pointer to integral type")
            return core.error_expr(loc)
        return BuiltinCall(name, [a, b, r], self.types.bool_, loc)

    def _speculation(self, name: str, args: list[Expr], loc: Loc) -> Expr:
        core = self.core
        if not args or len(args) > 2:
            core.error(loc, f"too {'few' if not args else 'many'} arguments to function '{name}'")
            return core.error_expr(loc)
        e = core.conversions.promote(core.conversions.value(args[0]))
        out = [e]
        if len(args) == 2:
            out.append(core.conversions.assign(args[1], e.ty, AssignContext("pass", name, 2), loc))
        return BuiltinCall(name, out, e.ty.unq, loc)

    # ---- object size

    def _object_size(self, name: str, args: list[Expr], loc: Loc) -> Expr:
        core = self.core
        if len(args) != 2:
            core.error(loc, f"too {'few' if len(args) < 2 else 'many'} arguments to function '{name}'")
            return core.error_expr(loc)
        pointer = core.conversions.assign(args[0], self.types.pointer(core.types.qualify(self.types.void, 1)),
                                          AssignContext("pass", name, 1), loc)
        which = core.evaluator.integer(core.conversions.value(args[1]))
        size_t = self.types.size_t
        if which is None or not 0 <= which <= 3:
            core.error(loc, f"last argument of '{name}' is not integer constant between 0 and 3")
            return core.error_expr(loc)
        known = self._known_size(args[0], which)
        if known is not None:
            return IntConst(known, size_t, loc)
        if core.constant_context or core.function is None:
            return IntConst(self.types.wrap(-1 if which < 2 else 0, size_t), size_t, loc)
        if which & 1:
            core.function.definition.asks_subobjects = True
        return BuiltinCall(name, [pointer, IntConst(which, self.types.int_, loc)], size_t, loc)

    def _known_size(self, e: Expr, which: int) -> int | None:
        """Size of what is left of a whole static object, literal or named object."""
        core = self.core
        if which & 1:
            return None
        c = core.evaluator.constant(core.conversions.value(e))
        if c is None or c.kind != C_ADDRESS or c.base is None:
            return None
        size = core.records.size(c.base.ty)
        if isinstance(c.base, StringLit):
            size = len(c.base.data)
        elif isinstance(c.base, NameRef) and c.base.symbol.init is not None:
            size = max(size, c.base.symbol.init.size)
        if size < 0 or not 0 <= c.value <= size or c.base.ty.kind == FUNCTION:
            return None
        return size - c.value

    # ---- atomics

    def _atomic(self, name: str, args: list[Expr], loc: Loc) -> Expr:
        """`__atomic_*` and `__sync_*`; the sized names become the generic ones."""
        core = self.core
        conv = core.conversions
        row = ATOMICS.get(name)
        sized = 0
        if row is None:
            m = _sized_atomic.match(name)
            assert m is not None
            sized = int(m.group(2))
            name = m.group(1) if m.group(1) in ATOMICS and m.group(1) + "_n" not in ATOMICS else m.group(1) + "_n"
            row = ATOMICS[name]
        kind, wanted = row
        if len(args) < wanted or (len(args) > wanted and not kind.startswith("sync")):
            core.error(loc, f"too {'few' if len(args) < wanted else 'many'} arguments to function '{name}'")
            return core.error_expr(loc)
        if kind in ("lock_free", "is_lock_free"):
            size = core.evaluator.integer(conv.value(args[0]))
            return IntConst(int(size in (1, 2, 4, 8)), self.types.bool_, loc)
        pointer = conv.value(args[0])
        p = pointer.ty.unq
        if not isinstance(p, PointerType) or (not sized and not self._atomic_target(p.base, kind)):
            core.error(loc, f"operand type {type_text(pointer.ty)} is incompatible with argument 1 of '{name}'")
            return core.error_expr(loc)
        base = p.base.unq
        if sized:
            element = self.types.integer_of_size(sized, False)
            assert element is not None
            base = element
            pointer = Cast(CAST_BITS, pointer, self.types.pointer(element), loc)
        out: list[Expr] = [pointer]
        order = self._order
        if kind == "load_n":
            out.append(order(args[1]))
            return BuiltinCall(name, out, base, loc)
        if kind in ("load", "store", "exchange"):
            out.extend([conv.value(a) for a in args[1:-1]])
            out.append(order(args[-1]))
            return BuiltinCall(name, out, self.types.void, loc)
        if kind == "cas" or kind == "cas_n":
            out.append(conv.value(args[1]))
            out.append(self._value(args[2], base) if kind == "cas_n" else conv.value(args[2]))
            out.append(conv.convert(conv.value(args[3]), self.types.bool_))
            out.append(order(args[4]))
            out.append(order(args[5]))
            return BuiltinCall(name, out, self.types.bool_, loc)
        if kind == "store_n" or kind == "exchange_n" or kind == "rmw":
            out.append(self._value(args[1], base))
            out.append(order(args[2]))
            return BuiltinCall(name, out, self.types.void if kind == "store_n" else base, loc)
        out.extend([self._value(a, base) for a in args[1:wanted]])
        result = self.types.bool_ if kind == "sync_bool_cas" else self.types.void if kind == "sync_release" else base
        return BuiltinCall(name, out, result, loc)

    def _atomic_target(self, base: Type, kind: str) -> bool:
        if kind in ("load", "store", "exchange", "cas"):
            return base.kind != VOID and self.core.records.complete(base)
        return is_scalar(base) and not is_floating(base) and base.unq.size in (1, 2, 4, 8, 16)

    def _value(self, e: Expr, base: Type) -> Expr:
        """An operand converted to the object's type, pointers and integers alike without complaint."""
        conv = self.core.conversions
        v = conv.value(e)
        if v.ty.unq is base:
            return v
        if base.kind == POINTER and v.ty.kind == POINTER:
            return Cast(CAST_BITS, v, base, e.loc)
        if is_scalar(v.ty):
            return conv.convert(v, base)
        self.core.error(e.loc, "incompatible type for argument of atomic operation")
        return self.core.error_expr(e.loc)

    def _order(self, e: Expr) -> Expr:
        """A memory order: an int, constant if it can be."""
        conv = self.core.conversions
        return self.core.evaluator.simplify(conv.convert(conv.promote(conv.value(e)), self.types.int_))
