"""What .debug_info says of a unit: its functions, variables and their types.

Variables of static storage have fixed locations; where automatic ones are the code generator says, by stretches of code."""
from __future__ import annotations

from typing import Final, cast

from toolchain.cc.debuginfo import entries as dw
from toolchain.cc.debuginfo.entries import EntryWriter
from toolchain.cc.debuginfo.expressions import OP_CALL_FRAME_CFA, Expression, LocationLists, stretches, usable
from toolchain.cc.debuginfo.lines import FunctionRange, Lines
from toolchain.cc.debuginfo.scopes import FunctionScopes, Scope
from toolchain.cc.ir.debug import ArrayAddress, VariablePlaces
from toolchain.cc.parse.ast import S_EXTERN, FunctionDef, Symbol
from toolchain.cc.types import (
    ARRAY,
    ATOMIC,
    BFLOAT16,
    BOOL,
    CHAR,
    COMPLEX,
    CONST,
    ENUM,
    FLOAT16,
    FLOAT128,
    FUNCTION,
    INT128,
    POINTER,
    RESTRICT,
    SCHAR,
    STRUCT,
    UCHAR,
    UINT128,
    ULONG,
    UNION,
    UNSIGNED_KINDS,
    VECTOR,
    VOID,
    VOLATILE,
    ArrayType,
    ComplexType,
    EnumType,
    FunctionType,
    InterchangeType,
    PointerType,
    RecordType,
    Type,
    VectorType,
)
from toolchain.mc.model.expr import MCSymbol, SectionSpec, difference, symbol_ref
from toolchain.mc.model.streamer import Streamer

LANGUAGES: Final[dict[str, int]] = {"c90": 0x01, "gnu90": 0x01, "c99": 0x0C, "gnu99": 0x0C}
LANGUAGE_C11: Final = 0x1D
INL_INLINED: Final = 1
NAMES: Final[dict[int, str]] = {
    1: "_Bool", 2: "char", 3: "signed char", 4: "unsigned char", 5: "short int", 6: "short unsigned int", 7: "int", 8: "unsigned int",
    9: "long int", 10: "long unsigned int", 11: "long long int", 12: "long long unsigned int", 13: "__int128", 14: "__int128 unsigned",
    16: "_Float16", 17: "__bf16", 18: "float", 19: "double", 20: "long double", 21: "__float128"}
QUALIFIERS: Final = ((CONST, dw.TAG_CONST_TYPE), (VOLATILE, dw.TAG_VOLATILE_TYPE), (RESTRICT, dw.TAG_RESTRICT_TYPE), (ATOMIC, dw.TAG_ATOMIC_TYPE))


def _base_name(t: Type) -> str:
    return t.unq.name if isinstance(t.unq, InterchangeType) else NAMES.get(t.unq.kind, "")


class UnitInfo:
    """Writes the entries of one unit."""

    def __init__(self, streamer: Streamer, lines: Lines, address_size: int, char_signed: bool, standard: str, thread_offset: str,
                 producer: str) -> None:
        self.streamer = streamer
        self.lines = lines
        self.w = EntryWriter(streamer, address_size, max(lines.version, 4) if lines.version < 5 else 5, thread_offset)
        self.address_size = address_size
        self.char_signed = char_signed
        self.standard = standard
        self.producer = producer
        self.types: dict[tuple[int, int, str, int], int] = {}   # (id of unqualified type, qualifiers, typedef's name, bounds) -> entry
        self.waiting: list[tuple[int, Type, int, str, int]] = []    # entry, unqualified type, qualifiers, typedef's name, bounds
        self.bounds: list[dict[int, int]] = [{}]
        """For each function and copy with arrays of variable length: entries of their counts, by `ArrayType.vla_index`."""
        self.bounds_here = 0                                # those of the function that is being written
        self.size_type = Type(ULONG, address_size, address_size)
        self.alive: list[Type] = []
        self.lists = LocationLists(streamer, address_size, self.w.version)
        self.range_lists: list[tuple[MCSymbol, list[tuple[MCSymbol, MCSymbol]]]] = []
        self.abstract: dict[str, int] = {}                  # inlined functions -> entry
        self.inlined: list[tuple[int, Scope]] = []          # those to be written
        self.statics: dict[int, MCSymbol] = {}              # id of a static local -> its symbol
        self.static_locals: list[Symbol] = []

    def write(self, functions: list[tuple[Symbol, FunctionDef | None, FunctionRange]], variables: list[tuple[Symbol, MCSymbol]]) -> None:
        """The whole unit."""
        w = self.w
        one = len(functions) == 1 and functions[0][2].end is not None
        ranges = self.streamer.temporary() if functions and not one else None
        outer: list[tuple[Symbol, MCSymbol]] = []
        for symbol, m in variables:
            if symbol.unique:
                self.statics[id(symbol)] = m
                self.static_locals.append(symbol)
            else:
                outer.append((symbol, m))
        line = self.streamer.temporary()
        attributes = [(dw.AT_PRODUCER, dw.FORM_STRP), (dw.AT_LANGUAGE, dw.FORM_DATA1), (dw.AT_NAME, dw.FORM_STRP), (dw.AT_COMP_DIR, dw.FORM_STRP)]
        if one:
            attributes += [(dw.AT_LOW_PC, dw.FORM_ADDR), (dw.AT_HIGH_PC, dw.FORM_DATA8)]
        elif ranges is not None:
            attributes += [(dw.AT_RANGES, dw.FORM_SEC_OFFSET), (dw.AT_LOW_PC, dw.FORM_ADDR)]
        attributes.append((dw.AT_STMT_LIST, dw.FORM_SEC_OFFSET))
        w.begin(dw.TAG_COMPILE_UNIT, True, attributes)
        w.string(self.producer)
        w.number(LANGUAGES.get(self.standard, LANGUAGE_C11), 1)
        w.string(self.lines.source)
        w.string(self.lines.directory)
        if one:
            self._range(functions[0][2])
        elif ranges is not None:
            w.fix(symbol_ref(ranges), 4)
            w.number(0, self.address_size)
        w.fix(symbol_ref(line), 4)
        for symbol, definition, place in functions:
            self._function(symbol, definition, place)
        for number, scope in self.inlined:      # grows no more: abstract entries have no code
            self._abstract(number, scope)
        for symbol, m in outer:
            self._variable(symbol, m)
        for symbol in self.static_locals:
            if id(symbol) in self.statics:      # of functions that have been inlined everywhere
                self._variable(symbol, self.statics[id(symbol)])
        while self.waiting:
            number, t, quals, name, self.bounds_here = self.waiting.pop(0)
            self._type(number, t, quals, name)
        w.end_children()
        w.finish()
        if ranges is not None:
            self.range_lists.append((ranges, [(f[2].symbol, f[2].end) for f in functions if f[2].end is not None]))
        if self.range_lists:
            self._ranges()
        self.lists.write()
        self.streamer.section(SectionSpec(".debug_line", 1, 0))
        self.streamer.label(line, 0)

    def _range(self, place: FunctionRange) -> None:
        assert place.end is not None
        self.w.fix(symbol_ref(place.symbol), self.address_size)
        self.w.fix(difference(place.end, place.symbol), 8)

    def _ranges(self) -> None:
        """.debug_rnglists (version 5) or .debug_ranges."""
        s = self.streamer
        size = self.address_size
        if self.w.version >= 5:
            s.section(SectionSpec(".debug_rnglists", 1, 0))
            start, end = s.temporary(), s.temporary()
            s.value(difference(end, start), 4, 0)
            s.label(start, 0)
            s.data(b"\5\0" + bytes((size, 0)) + bytes(4))
            for label, places in self.range_lists:
                s.label(label, 0)
                for low, high in places:
                    s.data(b"\6")                           # DW_RLE_start_end
                    s.value(symbol_ref(low), size, 0)
                    s.value(symbol_ref(high), size, 0)
                s.data(b"\0")
            s.label(end, 0)
            return
        s.section(SectionSpec(".debug_ranges", 1, 0))
        for label, places in self.range_lists:
            s.label(label, 0)
            s.data(b"\xff" * size + bytes(size))            # the entries are relative to 0
            for low, high in places:
                s.value(symbol_ref(low), size, 0)
                s.value(symbol_ref(high), size, 0)
            s.data(bytes(2 * size))

    # --------------------------------------------------------- declarations
    def _place(self, loc: int) -> tuple[int, int]:
        file, line, _ = self.lines.place(loc)
        return file, line

    def _function(self, symbol: Symbol, definition: FunctionDef | None, place: FunctionRange) -> None:
        if place.end is None:
            return
        w = self.w
        ftype = cast(FunctionType, symbol.ty.unq)
        external = symbol.storage == S_EXTERN
        result = ftype.base.unq.kind != VOID
        scopes = place.scopes
        children = ftype.variadic or scopes is not None and has_contents(scopes.root) or bool(definition is not None and definition.statics)
        attributes = [(dw.AT_EXTERNAL, dw.FORM_FLAG_PRESENT)] if external else []
        attributes += [(dw.AT_NAME, dw.FORM_STRP), (dw.AT_DECL_FILE, dw.FORM_UDATA), (dw.AT_DECL_LINE, dw.FORM_UDATA)]
        if ftype.prototype:
            attributes.append((dw.AT_PROTOTYPED, dw.FORM_FLAG_PRESENT))
        if result:
            attributes.append((dw.AT_TYPE, dw.FORM_REF4))
        attributes += [(dw.AT_LOW_PC, dw.FORM_ADDR), (dw.AT_HIGH_PC, dw.FORM_DATA8), (dw.AT_FRAME_BASE, dw.FORM_EXPRLOC)]
        w.begin(dw.TAG_SUBPROGRAM, children, attributes)
        w.string(symbol.name)
        file, line = self._place(definition.loc if definition is not None else symbol.loc)
        w.unsigned(file)
        w.unsigned(line)
        if result:
            w.reference(self.type_entry(ftype.base))
        self._range(place)
        w.unsigned(1)
        w.number(OP_CALL_FRAME_CFA, 1)
        if scopes is not None:
            self._contents(scopes, scopes.root)
        if definition is not None:
            for s in definition.statics:
                m = self.statics.pop(id(s), None)
                if m is not None:
                    self._variable(s, m)
        if ftype.variadic:
            w.begin(dw.TAG_UNSPECIFIED_PARAMETERS, False, [])
        if children:
            w.end_children()

    def _contents(self, scopes: FunctionScopes, scope: Scope) -> None:
        """Variables of a scope, then the scopes inside it that have code."""
        params = scope.definition.params if scope.definition is not None else []
        before = self.bounds_here
        if scope.counts and has_contents(scope):
            self._counts(scope)
        for symbol, places in scope.variables:
            self._local(symbol, places, dw.TAG_FORMAL_PARAMETER if symbol in params else dw.TAG_VARIABLE)
        for inner in scope.children:
            ranges = scopes.ranges(inner)
            if ranges:
                self._scope(scopes, inner, ranges)
        self.bounds_here = before

    def _counts(self, scope: Scope) -> None:
        """Nameless variables for the numbers of elements that arrays of variable length have; the arrays' types lead to them."""
        self.bounds_here = len(self.bounds)
        self.bounds.append({})
        for array, places in scope.counts:
            number = self.bounds[-1][array.vla_index] = self.w.reserve()
            fixed, label = self._location(places, False)
            attributes = [(dw.AT_ARTIFICIAL, dw.FORM_FLAG_PRESENT), (dw.AT_TYPE, dw.FORM_REF4), *location_form(fixed, label)]
            self.w.begin(dw.TAG_VARIABLE, False, attributes, number)
            self.w.reference(self.type_entry(self.size_type))
            self._write_location(fixed, label)

    def _scope(self, scopes: FunctionScopes, scope: Scope, ranges: list[tuple[MCSymbol, MCSymbol]]) -> None:
        """A block, or an inlined call."""
        w = self.w
        children = has_contents(scope)
        attributes: list[tuple[int, int]] = []
        if scope.callee:
            attributes.append((dw.AT_ABSTRACT_ORIGIN, dw.FORM_REF4))
        if len(ranges) == 1:
            attributes += [(dw.AT_LOW_PC, dw.FORM_ADDR), (dw.AT_HIGH_PC, dw.FORM_DATA8)]
        else:
            attributes.append((dw.AT_RANGES, dw.FORM_SEC_OFFSET))
        if scope.callee:
            attributes += [(dw.AT_CALL_FILE, dw.FORM_UDATA), (dw.AT_CALL_LINE, dw.FORM_UDATA), (dw.AT_CALL_COLUMN, dw.FORM_UDATA)]
        w.begin(dw.TAG_INLINED_SUBROUTINE if scope.callee else dw.TAG_LEXICAL_BLOCK, children, attributes)
        if scope.callee:
            number = self.abstract.get(scope.callee, 0)
            if not number:
                number = w.reserve()
                self.abstract[scope.callee] = number
                self.inlined.append((number, scope))
            w.reference(number)
        if len(ranges) == 1:
            w.fix(symbol_ref(ranges[0][0]), self.address_size)
            w.fix(difference(ranges[0][1], ranges[0][0]), 8)
        else:
            label = self.streamer.temporary()
            self.range_lists.append((label, ranges))
            w.fix(symbol_ref(label), 4)
        if scope.callee:
            file, line, column = self.lines.place(scope.call_site)
            w.unsigned(file)
            w.unsigned(line)
            w.unsigned(column)
        self._contents(scopes, scope)
        if children:
            w.end_children()

    def _abstract(self, number: int, scope: Scope) -> None:
        """What all copies of an inlined function have in common: name, place and type."""
        w = self.w
        definition = scope.definition
        attributes = [(dw.AT_NAME, dw.FORM_STRP)]
        if definition is None:
            w.begin(dw.TAG_SUBPROGRAM, False, [*attributes, (dw.AT_INLINE, dw.FORM_DATA1)], number)
            w.string(scope.callee)
            w.number(INL_INLINED, 1)
            return
        ftype = cast(FunctionType, definition.symbol.ty.unq)
        result = ftype.base.unq.kind != VOID
        if definition.symbol.storage == S_EXTERN:
            attributes.append((dw.AT_EXTERNAL, dw.FORM_FLAG_PRESENT))
        attributes += [(dw.AT_DECL_FILE, dw.FORM_UDATA), (dw.AT_DECL_LINE, dw.FORM_UDATA)]
        if ftype.prototype:
            attributes.append((dw.AT_PROTOTYPED, dw.FORM_FLAG_PRESENT))
        if result:
            attributes.append((dw.AT_TYPE, dw.FORM_REF4))
        w.begin(dw.TAG_SUBPROGRAM, False, [*attributes, (dw.AT_INLINE, dw.FORM_DATA1)], number)
        w.string(definition.symbol.name)
        file, line = self._place(definition.loc)
        w.unsigned(file)
        w.unsigned(line)
        if result:
            w.reference(self.type_entry(ftype.base))
        w.number(INL_INLINED, 1)

    def _local(self, symbol: Symbol, places: VariablePlaces | None, tag: int) -> None:
        """A parameter or automatic variable."""
        w = self.w
        attributes = [(dw.AT_NAME, dw.FORM_STRP), (dw.AT_DECL_FILE, dw.FORM_UDATA), (dw.AT_DECL_LINE, dw.FORM_UDATA), (dw.AT_TYPE, dw.FORM_REF4)]
        fixed, label = self._location(places, places is not None and isinstance(places.variable, ArrayAddress))
        w.begin(tag, False, attributes + location_form(fixed, label))
        w.string(symbol.name)
        file, line = self._place(symbol.loc)
        w.unsigned(file)
        w.unsigned(line)
        w.reference(self.type_entry(symbol.ty))
        self._write_location(fixed, label)

    def _location(self, places: VariablePlaces | None, indirect: bool) -> tuple[Expression | None, MCSymbol | None]:
        """Where a variable is: an expression, or (the label of) a list; neither if that is not known."""
        if places is not None and places.always is not None and usable(places.always, self.address_size):
            fixed = Expression()
            fixed.place(places.always, self.address_size, indirect)
            return fixed, None
        entries = stretches(places.ranges, self.address_size, indirect) if places is not None else []
        return None, self.lists.add(entries) if entries else None

    def _write_location(self, fixed: Expression | None, label: MCSymbol | None) -> None:
        if fixed is not None:
            self.w.expression(fixed)
        elif label is not None:
            self.w.fix(symbol_ref(label), 4)

    def _variable(self, symbol: Symbol, m: MCSymbol) -> None:
        w = self.w
        attributes = [(dw.AT_NAME, dw.FORM_STRP), (dw.AT_DECL_FILE, dw.FORM_UDATA), (dw.AT_DECL_LINE, dw.FORM_UDATA), (dw.AT_TYPE, dw.FORM_REF4)]
        if symbol.storage == S_EXTERN:
            attributes.append((dw.AT_EXTERNAL, dw.FORM_FLAG_PRESENT))
        w.begin(dw.TAG_VARIABLE, False, [*attributes, (dw.AT_LOCATION, dw.FORM_EXPRLOC)])
        w.string(symbol.name)
        file, line = self._place(symbol.loc)
        w.unsigned(file)
        w.unsigned(line)
        w.reference(self.type_entry(symbol.ty))
        if symbol.thread_local:
            w.thread_expression(m)
        else:
            w.address_expression(m)

    # ---------------------------------------------------------------- types
    def type_entry(self, t: Type) -> int:
        """Number of a type's entry, written later if it is new."""
        return self._entry(t.unq, t.quals & (CONST | VOLATILE | RESTRICT | ATOMIC), t.typedef_name or t.unq.typedef_name)

    def _entry(self, u: Type, quals: int, name: str) -> int:
        """The same of an unqualified type, qualifiers and the name that a typedef gave it."""
        bounds = self.bounds_here if self.bounds_here and is_variable(u) else 0
        key = (id(u), quals, name, bounds)
        number = self.types.get(key)
        if number is None:
            number = self.w.reserve()
            self.types[key] = number
            self.alive.append(u)                            # ids stay unique while the type lives
            self.waiting.append((number, u, quals, name, bounds))
        return number

    def _target(self, t: Type) -> list[tuple[int, int]]:
        return [] if t.unq.kind == VOID and not t.quals else [(dw.AT_TYPE, dw.FORM_REF4)]

    def _refer(self, t: Type) -> None:
        if t.unq.kind != VOID or t.quals:
            self.w.reference(self.type_entry(t))

    def _type(self, number: int, t: Type, quals: int, name: str) -> None:
        w = self.w
        for bit, tag in QUALIFIERS:
            if quals & bit:
                rest = quals & ~bit
                void = t.kind == VOID and not rest and not name
                w.begin(tag, False, [] if void else [(dw.AT_TYPE, dw.FORM_REF4)], number)
                if not void:
                    w.reference(self._entry(t, rest, name))
                return
        if name:
            w.begin(dw.TAG_TYPEDEF, False, [(dw.AT_NAME, dw.FORM_STRP), *self._target(t)], number)
            w.string(name)
            if t.kind != VOID:
                w.reference(self._entry(t, 0, ""))
            return
        kind = t.kind
        if kind == POINTER:
            base = cast(PointerType, t).base
            w.begin(dw.TAG_POINTER_TYPE, False, [(dw.AT_BYTE_SIZE, dw.FORM_DATA1), *self._target(base)], number)
            w.number(t.size, 1)
            self._refer(base)
        elif kind == ARRAY or kind == VECTOR:
            self._array(number, t)
        elif kind == STRUCT or kind == UNION:
            self._record(number, cast(RecordType, t))
        elif kind == ENUM:
            self._enum(number, cast(EnumType, t))
        elif kind == FUNCTION:
            self._function_type(number, cast(FunctionType, t))
        else:
            self._base(number, t)

    def _base(self, number: int, t: Type) -> None:
        kind = t.kind
        if kind == BOOL:
            encoding = 2
        elif kind == COMPLEX:
            encoding = 3
        elif FLOAT16 <= kind <= FLOAT128 or kind == BFLOAT16:
            encoding = 4
        elif kind == CHAR:
            encoding = 6 if self.char_signed else 8
        elif kind == SCHAR:
            encoding = 6
        elif kind == UCHAR:
            encoding = 8
        else:
            encoding = 7 if kind in UNSIGNED_KINDS else 5
        name = _base_name(t.base) if isinstance(t, ComplexType) else _base_name(t)
        if kind == COMPLEX:
            name = "complex " + (name or "int")
        w = self.w
        w.begin(dw.TAG_BASE_TYPE, False, [(dw.AT_BYTE_SIZE, dw.FORM_UDATA), (dw.AT_ENCODING, dw.FORM_DATA1), (dw.AT_NAME, dw.FORM_STRP)], number)
        w.unsigned(max(t.size, 0) if kind not in (INT128, UINT128) else 16)
        w.number(encoding, 1)
        w.string(name or "unknown")

    def _array(self, number: int, t: Type) -> None:
        base = cast(ArrayType, t).base if t.kind == ARRAY else cast(VectorType, t).base
        count = cast(ArrayType, t).count if t.kind == ARRAY else cast(VectorType, t).count
        w = self.w
        w.begin(dw.TAG_ARRAY_TYPE, True, [(dw.AT_TYPE, dw.FORM_REF4)], number)
        w.reference(self.type_entry(base))
        counted = self.bounds[self.bounds_here].get(cast(ArrayType, t).vla_index, 0) if t.kind == ARRAY and cast(ArrayType, t).vla else 0
        if counted:
            w.begin(dw.TAG_SUBRANGE_TYPE, False, [(dw.AT_COUNT, dw.FORM_REF4)])
            w.reference(counted)
        elif count > 0:
            w.begin(dw.TAG_SUBRANGE_TYPE, False, [(dw.AT_UPPER_BOUND, dw.FORM_UDATA)])
            w.unsigned(count - 1)
        else:
            w.begin(dw.TAG_SUBRANGE_TYPE, False, [])
        w.end_children()

    def _record(self, number: int, t: RecordType) -> None:
        w = self.w
        tag = dw.TAG_STRUCTURE_TYPE if t.kind == STRUCT else dw.TAG_UNION_TYPE
        named = [(dw.AT_NAME, dw.FORM_STRP)] if t.tag else []
        if not t.complete:
            w.begin(tag, False, [*named, (dw.AT_DECLARATION, dw.FORM_FLAG_PRESENT)], number)
            if t.tag:
                w.string(t.tag)
            return
        w.begin(tag, bool(t.members), [*named, (dw.AT_BYTE_SIZE, dw.FORM_UDATA)], number)
        if t.tag:
            w.string(t.tag)
        w.unsigned(max(t.size, 0))                         # variable: not told
        for m in t.members:
            attributes = [(dw.AT_NAME, dw.FORM_STRP)] if m.name else []
            attributes.append((dw.AT_TYPE, dw.FORM_REF4))
            bits = m.bit_width >= 0
            if bits:
                attributes += [(dw.AT_BIT_SIZE, dw.FORM_UDATA), (dw.AT_DATA_BIT_OFFSET, dw.FORM_UDATA)]
            else:
                attributes.append((dw.AT_DATA_MEMBER_LOCATION, dw.FORM_UDATA))
            w.begin(dw.TAG_MEMBER, False, attributes)
            if m.name:
                w.string(m.name)
            w.reference(self.type_entry(m.ty))
            if bits:
                w.unsigned(m.bit_width)
                w.unsigned(m.offset * 8 + m.bit_offset)
            else:
                w.unsigned(m.offset)
        if t.members:
            w.end_children()

    def _enum(self, number: int, t: EnumType) -> None:
        w = self.w
        named = [(dw.AT_NAME, dw.FORM_STRP)] if t.tag else []
        w.begin(dw.TAG_ENUMERATION_TYPE, bool(t.constants), [*named, (dw.AT_BYTE_SIZE, dw.FORM_UDATA), (dw.AT_TYPE, dw.FORM_REF4)], number)
        if t.tag:
            w.string(t.tag)
        w.unsigned(max(t.size, 0))
        w.reference(self.type_entry(t.base))
        for name, value in t.constants:
            w.begin(dw.TAG_ENUMERATOR, False, [(dw.AT_NAME, dw.FORM_STRP), (dw.AT_CONST_VALUE, dw.FORM_SDATA)])
            w.string(name)
            w.signed(value)
        if t.constants:
            w.end_children()

    def _function_type(self, number: int, t: FunctionType) -> None:
        w = self.w
        attributes = [(dw.AT_PROTOTYPED, dw.FORM_FLAG_PRESENT)] if t.prototype else []
        children = bool(t.params) or t.variadic
        w.begin(dw.TAG_SUBROUTINE_TYPE, children, [*attributes, *self._target(t.base)], number)
        self._refer(t.base)
        for p in t.params:
            w.begin(dw.TAG_FORMAL_PARAMETER, False, [(dw.AT_TYPE, dw.FORM_REF4)])
            w.reference(self.type_entry(p))
        if t.variadic:
            w.begin(dw.TAG_UNSPECIFIED_PARAMETERS, False, [])
        if children:
            w.end_children()


def location_form(fixed: Expression | None, label: MCSymbol | None) -> list[tuple[int, int]]:
    """The attribute for a location, if there is one."""
    return [(dw.AT_LOCATION, dw.FORM_EXPRLOC)] if fixed is not None else [(dw.AT_LOCATION, dw.FORM_SEC_OFFSET)] if label is not None else []


def is_variable(t: Type) -> bool:
    """Whether a type leads to an array of variable length that a function of this unit measures."""
    u = t.unq
    while u.kind == POINTER or u.kind == ARRAY:
        if u.kind == ARRAY and cast(ArrayType, u).vla:
            return True
        u = cast(PointerType, u).base.unq if u.kind == POINTER else cast(ArrayType, u).base.unq
    return False


def has_contents(s: Scope) -> bool:
    """Whether an entry for the scope has entries inside."""
    return bool(s.variables) or any(c.segments or has_code(c) for c in s.children)


def has_code(s: Scope) -> bool:
    """Whether code belongs to the scope or to one inside it."""
    return bool(s.segments) or any(has_code(c) for c in s.children)
