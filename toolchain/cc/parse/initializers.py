"""Initialisers (C11 6.7.9): braces and designators become a flat list of (offset, value).

    struct { int a; char b[4]; } x = { .b = "hi", .a = 1 };
    items: (4, "hi", size 4), (0, 1)

`InitializerReader` walks the type as the standard's "current object" does, with one `Frame` per
aggregate that is being filled.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.cc.parse.ast import (
    S_AUTO,
    S_STATIC,
    Cast,
    CompoundLit,
    Expr,
    Initializer,
    InitItem,
    IntConst,
    StringLit,
    Symbol,
)
from toolchain.cc.parse.conversions import AssignContext
from toolchain.cc.parse.spell import type_text
from toolchain.cc.preprocess.tokens import IDENTIFIER, STRING
from toolchain.cc.types import (
    ARRAY,
    ERROR,
    STRUCT,
    UNION,
    VECTOR,
    ArrayType,
    ComplexType,
    Member,
    RecordType,
    Type,
    VectorType,
    find_member,
    is_integer,
    is_record,
    is_scalar,
)
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core


class Frame:
    """An aggregate under initialisation at `offset`; `index` is the next member or element."""

    def __init__(self, ty: Type, offset: int) -> None:
        self.ty = ty
        self.offset = offset
        self.index = 0
        self.highest = 0                # greatest index + 1, for arrays of unknown size
        self.repeat = 1                 # range designator: fill so many elements


class Initializers:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.types = core.types
        self.final_type: Type = core.types.error
        """Type of the object whose initialiser was read last (arrays of unknown size are completed)."""
        self.items: list[InitItem] = []
        self.end = 0
        """No item so far reaches beyond this offset."""
        self.is_static = False
        self.flexible_end = 0
        self.path: list[str] = []
        """Name of the sub-object under initialisation, in pieces (for gcc's notes)."""
        self.designated_only: set[Type] = set()
        """Records with attribute designated_init."""
        self.braces_missing = False
        """An aggregate in the braces under way had none of its own."""
        self.bracket: Loc = 0
        """The index of the array designator read last."""

    def near(self, loc: Loc) -> None:
        """gcc's note that names the sub-object."""
        if self.path:
            self.core.diagnostics.note(loc, f"(near initialization for '{''.join(self.path)}')")

    def warn(self, loc: Loc, message: str, option: str = "") -> None:
        """A warning with that note; without an option it is about what the language forbids."""
        if self.core.warn(option, loc, message) if option else self.core.pedwarn(loc, message):
            self.near(loc)

    # ---- entry points

    def initializer(self, entity: Symbol, is_static: bool) -> Initializer:
        """The initialiser behind `=` for `entity`; sets `final_type`."""
        core = self.core
        if is_static:
            core.constant_context += 1
        made = self.read(entity.ty, is_static or entity.storage == S_STATIC, entity)
        if is_static:
            core.constant_context -= 1
        return made

    def scalar(self, value: Expr, entity: Symbol, loc: Loc) -> Initializer:
        """An initialiser of one value that has the entity's type already."""
        size = self.core.records.size(entity.ty)
        if entity.storage != S_AUTO:
            value = self.constant(value, loc)
        return Initializer([InitItem(0, value, None, -1)], size, False, loc)

    def compound_literal(self, ty: Type, loc: Loc) -> Expr:
        """`{ ... }` of a compound literal of type `ty`."""
        core = self.core
        if core.c90:
            core.pedantic(core.loc(), "ISO C90 forbids compound literals")
        static = core.environment.at_file_scope() and core.function is None or core.function is None
        storage = S_STATIC if static else S_AUTO
        entity = Symbol("", storage, ty, loc)
        entity.depth = core.environment.depth
        if static:
            core.statics_count += 1
            entity.unique = core.statics_count
            entity.defined = True
        else:
            assert core.function is not None
            entity.nested_in = core.function.definition
        if core.operators.is_vla(ty):
            core.error(loc, "compound literal has variable size")
            return core.error_expr(loc)
        if ty.kind != ARRAY and not core.records.complete(ty):
            core.error(loc, f"invalid use of undefined type {type_text(ty)}" if is_record(ty) else "compound literal has incomplete type")
            ty = self.types.error
        init = self.read(ty, static, entity)
        entity.ty = self.final_type
        entity.init = init if static else None
        return CompoundLit(entity, init, entity.ty, loc)

    def read(self, ty: Type, is_static: bool, entity: Symbol | None) -> Initializer:
        """An initialiser for an object of type `ty`; sets `final_type`."""
        core = self.core
        saved = (self.items, self.end, self.is_static, self.flexible_end, self.path)
        self.items = []
        self.end = 0
        self.is_static = is_static
        self.flexible_end = 0
        loc = core.loc()
        final = ty
        braced = core.text() == "{"
        self.path = [entity.name or "(anonymous)"] if braced and entity is not None else []
        if braced and (ty.kind in (ARRAY, STRUCT, UNION, VECTOR)):
            final = self._braced(ty, 0)
        elif braced:
            self._braced_scalar(ty, 0)
            braced = core.tokens[core.pos - 2].sym.text == "{"
        else:
            final = self._unbraced(ty, loc)
            braced = final.kind == ARRAY or (len(self.items) != 1)
        size = core.records.size(final)
        made = Initializer(self.items, max(size, self.flexible_end), braced, loc)
        self.items, self.end, self.is_static, self.flexible_end, self.path = saved
        self.final_type = final
        return made

    def _unbraced(self, ty: Type, loc: Loc) -> Type:
        """`= expression`."""
        core = self.core
        e = core.expressions.assignment()
        if ty.kind == ARRAY:
            u = ty.unq
            assert isinstance(u, ArrayType)
            if isinstance(e, StringLit) and self._string_fits(u, e):
                return self._string(ty, e, 0)
            if isinstance(e, CompoundLit) and e.ty.kind == ARRAY and core.conversions.same(e.ty, ty):
                self._flatten(e, 0)
                return e.ty if u.count < 0 else ty
            if e.ty.kind != ERROR:
                core.error(loc, "invalid initializer")
            return ty
        self._store(ty, 0, e, None, loc)
        return ty

    # ---- values

    def constant(self, value: Expr, loc: Loc) -> Expr:
        """A value that must be constant: simplified, or reported."""
        core = self.core
        if value.ty.kind == ERROR:
            return value
        core.evaluator.const_objects += 1
        c = core.evaluator.constant(value) if is_scalar(value.ty) else None
        core.evaluator.const_objects -= 1
        if c is not None:
            return core.evaluator.expression(c, value.ty, value.loc)
        if core.builtins.constant_aggregate(value):
            return value
        if not self._label_difference(value):
            narrowed = isinstance(value, Cast) and is_scalar(value.operand.ty) and core.evaluator.constant(value.operand) is not None
            core.error(loc, "initializer element is not computable at load time" if narrowed else "initializer element is not constant")
            self.near(loc)
            return core.error_expr(loc)
        return value

    def _label_difference(self, value: Expr) -> bool:
        return self.core.builtins.is_label_difference(value)

    def _store(self, ty: Type, offset: int, e: Expr, member: Member | None, loc: Loc) -> None:
        """Initialise one sub-object with one expression."""
        core = self.core
        if e.ty.kind == ERROR or ty.kind == ERROR:
            return
        literal = e
        if self.is_static and isinstance(literal, CompoundLit) and core.conversions.same(literal.ty, ty) and (
                is_record(ty) or ty.kind in (ARRAY, VECTOR)):
            self._flatten(literal, offset)
            return
        if self.is_static and isinstance(literal, CompoundLit) and is_scalar(literal.ty) and not literal.init.braced | (
                not literal.init.items):
            e = literal.init.items[0].value
        value = core.conversions.assign(e, ty, AssignContext("init"), loc)
        if value.ty.kind == ERROR:
            return
        if self.is_static:
            value = self.constant(value, loc)
            if value.ty.kind == ERROR:
                return
        if isinstance(value, IntConst) and member is not None and member.bit_width > 0:
            self._bit_overflow(value, member, loc)
        self._add(InitItem(offset, value, member, -1), core.records.size(ty), loc)

    def _bit_overflow(self, value: IntConst, member: Member, loc: Loc) -> None:
        width = member.bit_width
        v = value.value
        core = self.core
        fits = -(1 << (width - 1)) <= v < 1 << width if not core.types.unsigned(member.ty) else 0 <= v < 1 << width or (
            v < 0 and v >= -(1 << width))
        if not fits:
            kept = v & ((1 << width) - 1)
            core.warn("overflow", loc, f"overflow in conversion from {type_text(value.ty)} to {type_text(member.ty)} changes value from "
                      f"'{v}' to '{kept}'" if not core.types.unsigned(member.ty) else
                      f"unsigned conversion from {type_text(value.ty)} to '{type_text(member.ty)[1:-1]}:{width}' changes value from "
                      f"'{v}' to '{kept}'")

    def _add(self, item: InitItem, size: int, loc: Loc) -> None:
        """Append, taking away what the item overrides."""
        begin = item.offset
        if begin < self.end:
            self._override(item, size, loc)
        self.items.append(item)
        self.end = max(self.end, begin + max(size, 0))

    def _override(self, item: InitItem, size: int, loc: Loc) -> None:
        core = self.core
        kept: list[InitItem] = []
        lost = False
        for old in self.items:
            old_size = old.size if old.size >= 0 else core.records.size(old.value.ty)
            first, last = _bits(old, old_size)
            low, high = _bits(item, size)
            overlaps = low <= first and last <= high and first < high    # a part only: later items win in order
            if overlaps:
                lost = True
            else:
                kept.append(old)
        if lost:
            self.warn(loc, "initialized field overwritten", "override-init")
        self.items = kept

    def _flatten(self, literal: CompoundLit, offset: int) -> None:
        """A constant compound literal as initialiser: its items take its place."""
        core = self.core
        size = core.records.size(literal.ty)
        if offset < self.end:
            self._override(InitItem(offset, literal, None, size), size, literal.loc)
        for item in literal.init.items:
            value = item.value
            if is_scalar(value.ty):
                value = self.constant(value, literal.loc)
            self.items.append(InitItem(offset + item.offset, value, item.member, item.size))
        self.end = max(self.end, offset + max(size, literal.init.size))

    def _string_fits(self, array: ArrayType, e: StringLit) -> bool:
        """A string literal may initialise an array of this element type."""
        element = array.base.unq
        source = e.ty.unq
        assert isinstance(source, ArrayType)
        if not is_integer(element):
            return False
        if element.size == 1:
            return source.base.unq.size == 1
        return self.types.to_unsigned(element) is self.types.to_unsigned(source.base.unq)

    def _string(self, ty: Type, e: StringLit, offset: int) -> Type:
        """Initialise a character array; returns the completed type."""
        u = ty.unq
        assert isinstance(u, ArrayType)
        core = self.core
        width = u.base.unq.size
        length = len(e.data)
        if u.count < 0:
            count = length // width
            final: Type = self.types.array(u.base, count)
            self._add(InitItem(offset, e, None, length), length, e.loc)
            return final
        room = u.count * width
        if length - width > room:
            core.pedwarn(e.loc, f"initializer-string for array of {type_text(u.base)} is too long")
        self._add(InitItem(offset, e, None, min(room, length)), room, e.loc)
        return ty

    # ---- braces

    def _braced_scalar(self, ty: Type, offset: int, member: Member | None = None) -> None:
        """`{ expression }` for a scalar."""
        core = self.core
        start = core.loc()
        core.expect("{")
        if core.accept("}"):
            if not core.c23:
                if is_scalar(ty):
                    core.error(start, "empty scalar initializer")
                    self.near(start)
            return
        if core.text() == "{":
            if core.warn("", core.loc(), "braces around scalar initializer"):
                self.near(core.loc())
            core.enter()
            self._braced_scalar(ty, offset, member)
            core.nesting -= 1
        elif core.text() == "." or core.text() == "[":
            self._misplaced_designator()
        else:
            loc = core.loc()
            e = core.expressions.assignment()
            if ty.kind == ARRAY and isinstance(e, StringLit):
                self._string(ty, e, offset)
            else:
                self._store(ty, offset, e, member, loc)
        while core.accept(","):
            if core.text() == "}":
                break
            self.warn(core.loc(), "excess elements in scalar initializer")
            core.expressions.assignment()
        core.expect("}")

    def _misplaced_designator(self) -> None:
        """A designator in the initialiser of a scalar."""
        core = self.core
        loc = core.loc()
        core.error(loc, "field name not in record or union initializer" if core.text() == "." else
                   "array index in non-array initializer")
        self.near(loc)
        while core.text() in (".", "["):
            if core.text() == "[":
                core.skip_balanced()
            else:
                core.pos += 2
        core.accept("=")
        self._skip_value()

    def _only_string(self) -> bool:
        """Before the first element of a braced list: it is a string literal (adjacent ones are one) and nothing else."""
        tokens, ahead = self.core.tokens, 0
        while tokens[self.core.pos + ahead].kind == STRING:
            ahead += 1
        return ahead > 0 and self.core.peek(ahead) in ("}", ",")

    def _braced(self, ty: Type, offset: int) -> Type:
        """A brace-enclosed list for an aggregate; returns the (completed) type."""
        core = self.core
        u = ty.unq
        core.expect("{")
        if core.text() == "}" and not core.c23:
            core.pedantic(core.loc() - 1, "ISO C forbids empty initializer braces")
        start = core.pos
        if isinstance(u, ArrayType) and self._only_string():
            e = core.expressions.string()
            if self._string_fits(u, e):
                final = self._string(ty, e, offset)
                core.accept(",")
                if core.text() != "}":
                    self.warn(core.loc(), "excess elements in 'char' array initializer")
                    while core.accept(",") or core.text() != "}":
                        core.expressions.assignment()
                core.expect("}")
                return final
            core.pos = start
        frame = Frame(ty, offset)
        designated = False
        count = 0
        missing, self.braces_missing = self.braces_missing, False
        core.enter()
        while core.text() != "}":
            count += 1
            if core.text() in (".", "[") and not (core.text() == "[" and core.peek(1) == "["):
                designated = True
                self._designated(frame)
            elif core.tokens[core.pos].kind == IDENTIFIER and core.peek(1) == ":":
                designated = True
                self._designated(frame)
            else:
                self._next(frame)
            if not core.accept(","):
                break
        if core.text() != "}":
            raise core.syntax_error("'}'" if count else "expression")
        core.pos += 1
        core.nesting -= 1
        if self.braces_missing and not (count == 1 and core.literal_zero(core.loc() - 2) and core.tokens[core.pos - 3].sym.text == "{"):
            self.core.warn("missing-braces", core.base + start - 1, "missing braces around initializer")
        self.braces_missing = missing
        self._missing_fields(u, frame, designated, count)
        if isinstance(u, ArrayType) and u.count < 0 and not u.vla:
            if offset:
                self._flexible(offset, frame.highest * core.records.size(u.base), core.base + start - 1)
                return ty
            return self.types.array(u.base, frame.highest)
        return ty

    def _missing_fields(self, u: Type, frame: Frame, designated: bool, count: int) -> None:
        core = self.core
        if "missing-field-initializers" not in core.warnings or designated or count == 0:
            return
        if isinstance(u, RecordType) and u.kind == STRUCT and frame.index < len(u.members):
            if count == 1 and self.items and isinstance(self.items[-1].value, IntConst) and self.items[-1].value.value == 0:
                return
            missing = u.members[frame.index]
            core.warn("missing-field-initializers", core.loc() - 1, f"missing initializer for field '{missing.name}' of {type_text(u)}")

    def _special(self, m: Member) -> Member | None:
        """A member that is not written like others: a bit-field, or one in reversed order."""
        if m.reversed and m.ty.kind == ARRAY:
            self.core.error(self.core.loc(), f"initializer of array '{m.name}' with reverse storage order is not supported")
        return m if m.bit_width >= 0 or m.reversed else None

    def _child(self, frame: Frame, index: int) -> tuple[Type, int, Member | None] | None:
        """(type, offset, bit-field) of sub-object `index` of a frame."""
        u = frame.ty.unq
        if isinstance(u, RecordType):
            if index >= len(u.members):
                return None
            m = u.members[index]
            return m.ty, frame.offset + m.offset, self._special(m)
        if isinstance(u, (ArrayType, VectorType)):
            if isinstance(u, ArrayType) and u.count < 0:
                pass
            elif index >= u.count:
                return None
            size = self.core.records.size(u.base)
            return u.base, frame.offset + index * size, None
        if isinstance(u, ComplexType):
            return (u.base, frame.offset + index * u.base.size, None) if index < 2 else None
        return None

    def _advance(self, frame: Frame, index: int) -> None:
        frame.index = index + 1 if frame.ty.kind != UNION else 1 << 30
        frame.highest = max(frame.highest, index + 1)

    def _excess(self, frame: Frame) -> None:
        core = self.core
        kind = {ARRAY: "array", STRUCT: "struct", UNION: "union", VECTOR: "vector"}.get(frame.ty.kind, "scalar")
        loc = core.loc()
        if frame.ty.kind == ARRAY and frame.ty.unq.kind == ARRAY:
            u = frame.ty.unq
            assert isinstance(u, ArrayType)
            if u.count == 0 and u.size == 0:
                kind = "array"
        self.warn(loc, f"excess elements in {kind} initializer")
        if core.text() == "{":
            core.skip_balanced()
        else:
            core.expressions.assignment()

    def _next(self, frame: Frame) -> None:
        """The next initialiser without designator, for the current object of `frame`."""
        index = frame.index
        child = self._child(frame, index)
        if child is None:
            self._excess(frame)
            return
        u = frame.ty.unq
        if u in self.designated_only:
            self.warn(self.core.loc(), "positional initialization of field in 'struct' declared with 'designated_init' attribute",
                      "designated-init")
        self._advance(frame, index)
        ty, offset, member = child
        core = self.core
        self.path.append(self._step(frame, index))
        if core.text() == "{":
            self._element(ty, offset, member)
        else:
            loc = core.loc()
            e = core.expressions.assignment()
            self._place(ty, offset, member, e, loc, frame)
        self.path.pop()

    def _step(self, frame: Frame, index: int) -> str:
        """How sub-object `index` of a frame is written."""
        u = frame.ty.unq
        if isinstance(u, RecordType):
            name = u.members[index].name
            return "." + name if name else ""
        return f"[{index}]"

    def _element(self, ty: Type, offset: int, member: Member | None) -> None:
        """A braced initialiser for a sub-object; clears what came before it."""
        if ty.kind in (ARRAY, STRUCT, UNION, VECTOR):
            size = max(self.core.records.size(ty), 0)
            if offset < self.end and size:
                self._override(InitItem(offset, self.core.error_expr(self.core.loc()), None, size), size, self.core.loc())
            self.end = max(self.end, offset)
            self._braced(ty, offset)
            u = ty.unq
            if isinstance(u, ArrayType) and u.count < 0:
                return
            self.end = max(self.end, offset + size)
        else:
            self._braced_scalar(ty, offset, member)

    def _place(self, ty: Type, offset: int, member: Member | None, e: Expr, loc: Loc, parent: Frame) -> None:
        """Give `e` to the sub-object, or to the first scalar inside it (brace elision)."""
        core = self.core
        u = ty.unq
        if isinstance(u, ArrayType):
            if isinstance(e, StringLit) and self._string_fits(u, e):
                final = self._string(ty, e, offset)
                if u.count < 0:
                    self._flexible(offset, core.records.size(final), loc)
                return
            if isinstance(e, CompoundLit) and core.conversions.same(e.ty, ty):
                self._flatten(e, offset)
                return
        if isinstance(u, (ArrayType, RecordType, VectorType)):
            whole = e.ty.kind == ERROR or (u.kind != ARRAY and core.conversions.same(e.ty, u))
            if isinstance(u, VectorType) and e.ty.kind == VECTOR:
                whole = True
            if not whole:
                self._elided(ty, offset, e, loc)
                return
        self._store(ty, offset, e, member, loc)

    def _elided(self, ty: Type, offset: int, first: Expr, loc: Loc) -> None:
        """Fill an aggregate without braces: `first`, then as many initialisers as it takes."""
        core = self.core
        self.braces_missing = True
        frame = Frame(ty, offset)
        child = self._child(frame, 0)
        if child is None:
            u = ty.unq
            if isinstance(u, RecordType) and not u.members:
                self._store_empty(ty, first, loc)
            else:
                self.warn(loc, "excess elements in struct initializer")
            return
        self._advance(frame, 0)
        self._place(child[0], child[1], child[2], first, loc, frame)
        while core.text() == ",":
            ahead = core.peek(1)
            if ahead in ("}", ".", "[") or (core.tokens[core.pos + 1].kind == IDENTIFIER and core.peek(2) == ":"):
                break
            if self._child(frame, frame.index) is None:
                break
            core.pos += 1
            self._next(frame)
        u = ty.unq
        if isinstance(u, ArrayType) and u.count < 0:
            self._flexible(offset, frame.highest * core.records.size(u.base), core.loc())

    def _flexible(self, offset: int, size: int, loc: Loc) -> None:
        """A flexible array member at `offset` was given `size` bytes of elements, a GNU extension for static objects."""
        core = self.core
        self.flexible_end = max(self.flexible_end, offset + size)
        if size:
            core.pedantic(loc, "initialization of a flexible array member")
            if not self.is_static:
                core.error(loc, "non-static initialization of a flexible array member")

    def _store_empty(self, ty: Type, e: Expr, loc: Loc) -> None:
        if not self.core.conversions.same(e.ty, ty):
            self.core.warn("", loc, "excess elements in struct initializer")

    # ---- designators

    def _designated(self, frame: Frame) -> None:
        """Designators, `=`, and the value.

        `chain` follows the last element of each range: that is where initialisers without designator go on."""
        core = self.core
        chain = [frame]
        first = True
        ranges: list[tuple[int, int]] = []
        ty: Type = frame.ty
        offset = frame.offset
        member: Member | None = None
        while True:
            text = core.text()
            if core.tokens[core.pos].kind == IDENTIFIER and core.peek(1) == ":" and first:
                found = self._field(chain, core.text())
                core.pos += 2
                if found is None:
                    self._skip_value()
                    return
                ty, offset, member = found
                self._value(ty, offset, member, frame)
                return
            if text == ".":
                core.pos += 1
                if core.tokens[core.pos].kind != IDENTIFIER:
                    raise core.syntax_error("identifier")
                found = self._field(chain, core.text())
                core.pos += 1
            elif text == "[":
                core.pos += 1
                self.bracket = core.loc()
                low, high = self._subscripts()
                core.expect("]")
                found = self._subscript(chain[-1], low, high)
                if found is not None and high > low:
                    ranges.append((high - low + 1, core.records.size(found[0])))
            else:
                break
            if found is None:
                while core.text() in (".", "["):
                    core.pos += 1
                    if core.tokens[core.pos - 1].sym.text == "[":
                        self._subscripts()
                        core.expect("]")
                    else:
                        core.pos += 1
                core.accept("=")
                self._skip_value()
                return
            ty, offset, member = found
            first = False
            chain.append(Frame(ty, offset))
        core.accept("=")
        depth = len(self.path)
        for f in chain[:-1]:
            self.path.append(self._step(f, f.highest - 1 if f.ty.kind == UNION else f.index - 1))
        if ranges:
            self._repeated(ty, offset, member, frame, ranges)
        else:
            self._value(ty, offset, member, frame)
        del self.path[depth:]
        chain.pop()
        while len(chain) > 1:
            self._continue(chain.pop())

    def _continue(self, frame: Frame) -> None:
        """Initialisers behind a designated one go on in its sub-object (6.7.9p17)."""
        core = self.core
        while core.text() == "," and self._child(frame, frame.index) is not None:
            ahead = core.peek(1)
            if ahead in ("}", ".", "[") or (core.tokens[core.pos + 1].kind == IDENTIFIER and core.peek(2) == ":"):
                return
            core.pos += 1
            self._next(frame)

    def _skip_value(self) -> None:
        core = self.core
        if core.text() == "{":
            core.skip_balanced()
        else:
            core.expressions.assignment()

    def _subscripts(self) -> tuple[int, int]:
        core = self.core
        low, _ = core.expressions.constant_integer("array index in initializer")
        high = low
        if core.accept("..."):
            high, _ = core.expressions.constant_integer("array index in initializer")
            if high < low:
                core.error(core.loc(), "empty index range in initializer")
                high = low
        return low, high

    def _field(self, chain: list[Frame], name: str) -> tuple[Type, int, Member | None] | None:
        """Member `name` of the last frame; frames of anonymous records on the way are added to `chain`."""
        core = self.core
        frame = chain[-1]
        u = frame.ty.unq
        if not isinstance(u, RecordType):
            core.error(core.loc() - 1, "field name not in record or union initializer")
            self.near(core.loc() - 1)
            return None
        path = find_member(u, name)
        if not path:
            core.error(core.loc(), f"{type_text(frame.ty)} has no member named '{name}'")
            return None
        offset = frame.offset
        for i, m in enumerate(path):
            inner = u if i == 0 else path[i - 1].ty.unq
            assert isinstance(inner, RecordType)
            self._advance(frame, inner.members.index(m))
            if inner.kind == UNION:
                self._switch_union(inner, offset, m)
            offset += m.offset
            if i + 1 < len(path):
                frame = Frame(m.ty, offset)
                chain.append(frame)
        last = path[-1]
        return last.ty, offset, self._special(last)

    def _switch_union(self, union: Type, offset: int, member: Member) -> None:
        """Naming another member of a union drops what was there."""
        if offset >= self.end:
            return
        size = self.core.records.size(union)
        inside = [i for i in self.items if offset <= i.offset < offset + size]
        if not inside:
            return
        low = offset + member.offset
        high = low + max(self.core.records.size(member.ty), 0)
        if all(low <= i.offset and i.offset + max(self.core.records.size(i.value.ty), 1) <= high for i in inside) and is_record(member.ty):
            return
        self.items = [i for i in self.items if not offset <= i.offset < offset + size]

    def _subscript(self, frame: Frame, low: int, high: int) -> tuple[Type, int, Member | None] | None:
        core = self.core
        u = frame.ty.unq
        if not isinstance(u, (ArrayType, VectorType)):
            core.error(self.bracket, "array index in non-array initializer")
            self.near(self.bracket)
            return None
        if low < 0 or (isinstance(u, VectorType) or u.count >= 0) and high >= u.count:
            core.error(self.bracket, "array index in initializer exceeds array bounds")
            self.near(self.bracket)
            return None
        frame.index = high + 1
        frame.highest = max(frame.highest, high + 1)
        return u.base, frame.offset + high * core.records.size(u.base), None

    def _value(self, ty: Type, offset: int, member: Member | None, frame: Frame) -> None:
        """The initialiser of a designated sub-object."""
        core = self.core
        if core.text() == "{":
            self._element(ty, offset, member)
            return
        loc = core.loc()
        e = core.expressions.assignment()
        self._place(ty, offset, member, e, loc, frame)

    def _repeated(self, ty: Type, last: int, member: Member | None, frame: Frame, ranges: list[tuple[int, int]]) -> None:
        """`[a ... b].m[c ... d] = value`: read once, placed for each.  `last` is the offset of the last sub-object; a range
        is (how many elements, how many bytes apart)."""
        core = self.core
        whole = core.text() == "{"
        offset = last - sum([(repeat - 1) * step for repeat, step in ranges])
        saved_items, saved_end = self.items, self.end
        self.items = []
        self.end = 0
        self._value(ty, offset, member, frame)
        template = self.items
        self.items, self.end = saved_items, saved_end
        # the innermost range is one stretch, unless it is of records and a member follows
        size = core.records.size(ty)
        repeat, step = ranges[-1]
        dense = step == size
        outer = _shifts(ranges[:-1] if dense else ranges)
        if offset < self.end and whole:
            stretch = repeat * step if dense else size
            for shift in outer:
                self._override(InitItem(offset + shift, core.error_expr(core.loc()), None, stretch), stretch, core.loc())
        items = self.items
        for shift in _shifts(ranges):
            for item in template:
                made = InitItem(item.offset + shift, item.value, item.member, item.size)
                if offset < self.end and not whole:
                    self._add(made, item.size if item.size >= 0 else core.records.size(item.value.ty), core.loc())
                    items = self.items
                else:
                    items.append(made)
        self.end = max(self.end, last + step)


def _shifts(ranges: list[tuple[int, int]]) -> list[int]:
    """How far each repetition is from the first."""
    shifts = [0]
    for repeat, step in ranges:
        shifts = [shift + i * step for shift in shifts for i in range(repeat)]
    return shifts


def _bits(item: InitItem, size: int) -> tuple[int, int]:
    """First bit that an item initialises, and the first one after it; `size` in bytes if it is no bit-field."""
    first = item.offset * 8
    if item.member is None:
        return first, first + size * 8
    first += item.member.bit_offset
    return first, first + item.member.bit_width
