"""Layout of structs and unions: gcc's rules for the System V ABIs.

A bit-field starts in the current unit of its declared type's size if it fits there without crossing an
alignment boundary of the type (PCC_BITFIELD_TYPE_MATTERS), unless the field is packed; a zero-width
bit-field aligns the next one to its type.  `aligned` raises, `packed` lowers alignment to one byte
(one bit for bit-fields), `#pragma pack(n)` caps it.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.cc.types import (
    ARRAY,
    CONST,
    DOUBLE,
    INCOMPLETE,
    LLONG,
    ULLONG,
    UNION,
    Anchor,
    ArrayType,
    ComplexType,
    EnumType,
    Member,
    RecordType,
    Type,
    VectorType,
    align_of,
    base_of,
    find_member,
    is_integer,
)
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core


class Field:
    """A member as declared; `width` is -1 unless it is a bit-field."""

    def __init__(self, name: str, ty: Type, width: int, align: int, packed: bool, loc: Loc) -> None:
        self.name = name
        self.ty = ty
        self.width = width
        self.align = align              # by attribute or _Alignas; 0: none
        self.packed = packed
        self.loc = loc


class Records:
    """Completes types and computes layouts."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.types = core.types
        self._member_aligns: dict[Member, int] = {}
        self.padded = "padded" in core.warnings

    # ---- completeness

    def complete(self, t: Type) -> bool:
        """Make a type complete if any declaration can; whether it is."""
        u = t.unq
        if u.size >= 0:
            return True
        if isinstance(u, RecordType):
            return self._complete_record(u)
        if isinstance(u, ArrayType):
            if u.vla:
                return self.complete(u.base)
            return u.count >= 0 and self.size(u) >= 0
        if isinstance(u, EnumType):
            return True
        return False

    def _complete_record(self, u: RecordType) -> bool:
        if u.complete:
            return True
        if u.tag:
            self.core.declarations.demand_tag(u)
        return u.complete

    def size(self, t: Type) -> int:
        """Size in bytes; -1 if incomplete."""
        u = t.unq
        if u.size >= 0:
            return u.size
        if isinstance(u, ArrayType):
            if u.vla or u.count < 0:
                return INCOMPLETE
            size = self.size(u.base)
            if size < 0:
                return INCOMPLETE
            u.size = size * u.count
            u.align = align_of(u.base)
            return u.size
        if isinstance(u, RecordType) and self._complete_record(u):
            return u.size
        return INCOMPLETE

    def field_align(self, t: Type) -> int:
        """Natural alignment of a member of type `t`."""
        if t.user_align:
            return t.user_align
        u = t.unq
        while isinstance(u, ArrayType):
            if u.base.user_align:
                return u.base.user_align
            u = u.base.unq
        kind = u.kind
        if isinstance(u, EnumType):
            kind = u.base.kind
        elif isinstance(u, ComplexType):
            kind = u.base.unq.kind
        elif isinstance(u, VectorType) and u.size == 8 and is_integer(u.base.unq):
            return min(u.align, self.types.layout.vector8_align)
        if kind == LLONG or kind == ULLONG:
            return min(u.align, self.types.layout.llong_align)
        if kind == DOUBLE:
            return min(u.align, self.types.layout.double_align)
        return u.align

    def member_align(self, m: Member) -> int:
        """Alignment that `_Alignof(x.m)` gives."""
        return self._member_aligns.get(m, 0) or align_of(m.ty)

    # ---- layout

    def lay_out(self, record: RecordType, fields: list[Field], packed: bool, user_align: int) -> None:
        """Assign offsets, size and alignment; the record becomes complete."""
        union = record.kind == UNION
        pack = self.core.pack
        bits = 0                        # next free bit, from the record's start
        align = 1
        largest = 0
        last = len(fields) - 1
        known = 0                       # alignment of the anchor that offsets count from; 0: the record's start
        for i, field in enumerate(fields):
            t = field.ty
            if known and not union:
                known, bits = self._anchor_again(record, field, known, bits, packed)
            if field.width < 0:
                size, a = self._plain(record, field, packed, pack, i == last)
                offset = 0 if union else (bits + 8 * a - 1) // (8 * a) * a
                align = max(align, a)
                member = Member(field.name, t, offset)
                member.anchor = len(record.anchors) - 1 if known and not union else -1
                member.packed = packed or field.packed
                member.loc = field.loc
                self._add(record, member)
                self._member_aligns[member] = a
                bits = (offset + size) * 8
                if self.core.operators.is_vla(t):
                    record.anchors.append(Anchor(member.anchor, offset, t, 1))
                    known, bits = 1, 0
            else:
                start, a = self._bit_field(field, 0 if union else bits, packed, pack)
                if known and not union and field.width:
                    start = bits        # gcc does not ask for unit boundaries that it does not know
                align = max(align, a)
                if field.width:
                    member = self._bit_member(field, start)
                    member.anchor = len(record.anchors) - 1 if known and not union else -1
                    if field.name:
                        self._add(record, member)
                    else:
                        record.unnamed.append(member)
                    bits = start + field.width
                else:
                    bits = start
                    if union:
                        record.unnamed.append(Member("", t, 0, 0, 0))
            largest = max(largest, bits)
            while t.kind == ARRAY:
                t = base_of(t)
            if t.quals & CONST or (isinstance(t.unq, RecordType) and t.unq.has_const_member):
                record.has_const_member = True
        if user_align:
            align = max(align, user_align)
        total = -(-(largest if union else max(bits, largest)) // 8)
        record.align = align
        if record.anchors:
            total = -(-(largest if union else bits) // 8)
            record.anchors.append(Anchor(-1 if union else len(record.anchors) - 1, total, None, align))
        else:
            record.size = -(-total // align) * align
        record.packed = packed
        record.complete = True
        if self.padded and not union and not record.anchors:
            self._padding(record, total)
        for v in record.variants:
            v.size = record.size
            v.align = record.align

    def _padding(self, record: RecordType, used: int) -> None:
        """-Wpadded: gaps between members, and behind the last of the `used` bytes."""
        end = 0
        for m in record.members:
            if m.bit_width < 0:
                if m.offset > end:
                    self.core.warn("padded", m.loc, f"padding struct to align '{m.name}'")
                end = m.offset + max(self.size(m.ty), 0)
            else:
                end = max(end, m.offset + (m.bit_offset + m.bit_width + 7) // 8)
        if record.size > used:
            self.core.warn("padded", record.loc, "padding struct size to alignment boundary")

    def _anchor_again(self, record: RecordType, field: Field, known: int, bits: int, packed: bool) -> tuple[int, int]:
        """Before a field that is aligned more strictly than the anchor at hand: a new anchor.  Returns its alignment and the next free bit."""
        if packed or field.packed or field.width > 0:
            a = max(field.align, 1)
        else:
            a = max(self.field_align(field.ty), field.align)
            a = min(a, self.core.pack) if self.core.pack else a
        if a <= known:
            return known, bits
        record.anchors.append(Anchor(len(record.anchors) - 1, -(-bits // 8), None, a))
        return a, 0

    def _plain(self, record: RecordType, field: Field, packed: bool, pack: int, is_last: bool) -> tuple[int, int]:
        """(size, alignment) of a member that is no bit-field."""
        t = field.ty
        a = self.field_align(t)
        if packed or field.packed:
            a = 1
        elif pack:
            a = min(a, pack)
        if field.align:
            a = max(a, min(field.align, pack) if pack else field.align)
        u = t.unq
        size = self.size(t)
        if size < 0:
            if isinstance(u, ArrayType) and u.count < 0 and not u.vla:
                record.flexible = is_last
                if record.kind == UNION:
                    self.core.error(field.loc, "flexible array member in union")
                elif not is_last:
                    self.core.error(field.loc, "flexible array member not at end of struct")
                elif not record.members:
                    self.core.error(field.loc, "flexible array member in a struct with no named members")
            size = 0
        elif isinstance(u, RecordType) and u.flexible and is_last:
            record.flexible = True
        if isinstance(u, RecordType) and u.flexible and record.kind != UNION:
            self.core.pedantic(field.loc, "invalid use of structure with flexible array member")
        return size, a

    def _bit_field(self, field: Field, bits: int, packed: bool, pack: int) -> tuple[int, int]:
        """(first bit, alignment asked of the record) of a bit-field."""
        t = field.ty
        unit = t.unq.size * 8
        natural = self.field_align(t)
        user = min(field.align, pack) if pack else field.align
        named = bool(field.name) or self.types.layout.anonymous_bit_fields_align
        if field.width == 0:
            a = max(natural, field.align) * 8       # #pragma pack does not hold for these
            return -(-bits // a) * a, max(user, natural if named else 1)
        if packed or field.packed:
            # Under #pragma pack the type counts even for packed fields (stor-layout: update_alignment_for_field).
            step = max(user * 8, 1)
            return -(-bits // step) * step, max(user, min(natural, pack) if pack and named else 1)
        a = natural
        fills = field.width in (8, 16, 32, 64, 128) and bits % field.width == 0     # known before an attribute moves it (place_field)
        if pack:
            a = min(a, pack)
        if user:
            a = max(a, user)
            step = user * 8
            bits = -(-bits // step) * step
        boundary = a * 8
        # May not cross a boundary of its type's alignment more often than the type itself would (excess_unit_span), unless it fills
        # an integer's place (layout_decl); under #pragma pack gcc does not ask (stor-layout: maximum_field_alignment).
        if fills and t.user_align:
            place = field.width // 8 if field.width != 64 or user else self.types.layout.llong_align
            a = max(a, min(place, pack or place))       # of that integer, whatever the typedef says
        if not pack and not fills and -(-(bits % boundary + field.width) // boundary) > unit // boundary:
            bits = -(-bits // boundary) * boundary
        return bits, a if named else 1

    def _bit_member(self, field: Field, start: int) -> Member:
        size = field.ty.unq.size
        offset = start // 8 // size * size
        bit = start - offset * 8
        if bit + field.width > size * 8:
            offset = start // 8
            bit = start - offset * 8
        member = Member(field.name, field.ty, offset, bit, field.width)
        member.packed = field.packed
        member.loc = field.loc
        return member

    def _add(self, record: RecordType, member: Member) -> None:
        record.members.append(member)
        if not member.name:
            inner = member.ty.unq
            if isinstance(inner, RecordType):
                for name in inner.index:
                    self._check_duplicate(record, name, member.loc)
            return
        self._check_duplicate(record, member.name, member.loc)
        record.index[member.name] = member

    def _check_duplicate(self, record: RecordType, name: str, loc: Loc) -> None:
        if name in record.index:
            self.core.error(loc, f"duplicate member '{name}'")
        elif any(not m.name for m in record.members[:-1]):
            for m in record.members[:-1]:
                inner = m.ty.unq
                if not m.name and isinstance(inner, RecordType) and find_member(inner, name):
                    self.core.error(loc, f"duplicate member '{name}'")
                    return

    # ---- enums

    def finish_enum(self, ty: EnumType, packed: bool) -> None:
        """Choose the underlying type: unsigned int unless a value is negative or does not fit."""
        values = [v for _, v in ty.constants]
        low = min(values, default=0)
        high = max(values, default=0)
        types = self.types
        if packed or self.core.options.flag("short-enums", False):
            sizes = [1, 2, 4, 8, 16]
        else:
            sizes = [4, 8, 16]
        for size in sizes:
            bits = size * 8
            signed = low < 0
            if (signed and low >= -(1 << (bits - 1)) and high < 1 << (bits - 1)) or (not signed and high < 1 << bits):
                base = types.integer_of_size(size, signed)
                if base is not None:
                    ty.base = base
                    break
        else:
            self.core.warn("", ty.loc, "enumeration values exceed range of largest integer")
            ty.base = types.integer_of_size(8, low < 0) or types.int_
        ty.size = ty.base.size
        ty.align = ty.base.align
        ty.complete = True
        for v in ty.variants:
            v.size = ty.size
            v.align = ty.align
