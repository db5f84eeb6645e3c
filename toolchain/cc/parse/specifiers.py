"""Declaration specifiers (C11 6.7.1 to 6.7.5), struct, union and enum bodies."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.parse.ast import S_AUTO, S_ENUM_CONST, S_EXTERN, S_REGISTER, S_STATIC, S_TYPEDEF, MemberRef, Symbol, VlaDecl
from toolchain.cc.parse.attributes import Attr
from toolchain.cc.parse.environment import TAG_WORDS
from toolchain.cc.parse.keywords import (
    K_ALIGNAS,
    K_ATOMIC,
    K_ATTRIBUTE,
    K_AUTO,
    K_AUTO_TYPE,
    K_BOOL,
    K_BUILTIN_TYPE,
    K_CHAR,
    K_COMPLEX,
    K_CONST,
    K_DECIMAL,
    K_DOUBLE,
    K_ENUM,
    K_EXTENSION,
    K_EXTERN,
    K_FLOAT,
    K_FLOATN,
    K_INLINE,
    K_INT,
    K_INT128,
    K_LONG,
    K_NORETURN,
    K_REGISTER,
    K_RESTRICT,
    K_SEG_FS,
    K_SEG_GS,
    K_SHORT,
    K_SIGNED,
    K_STATIC,
    K_STATIC_ASSERT,
    K_STRUCT,
    K_THREAD,
    K_TYPEDEF,
    K_TYPEOF,
    K_UNION,
    K_UNSIGNED,
    K_VA_LIST,
    K_VOID,
    K_VOLATILE,
    LAST_SPECIFIER,
)
from toolchain.cc.parse.records import Field
from toolchain.cc.parse.spell import type_text
from toolchain.cc.preprocess.tokens import IDENTIFIER, Sym
from toolchain.cc.types import (
    ARRAY,
    ATOMIC,
    BOOL,
    CHAR,
    COMPLEX,
    CONST,
    DOUBLE,
    ENUM,
    ERROR,
    FLOAT,
    FLOAT128,
    FUNCTION,
    INT,
    INT128,
    LDOUBLE,
    LLONG,
    LONG,
    POINTER,
    RESTRICT,
    SCHAR,
    SEG_FS,
    SEG_GS,
    SHORT,
    STRUCT,
    UCHAR,
    UINT,
    UINT128,
    ULLONG,
    ULONG,
    UNION,
    USHORT,
    VECTOR,
    VOID,
    VOLATILE,
    ArrayType,
    EnumType,
    RecordType,
    Type,
    base_of,
    is_integer,
    is_record,
    qualified,
    size_of,
)
from toolchain.diagnostics import Loc

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core

_QUALIFIERS: Final[dict[int, int]] = {K_CONST: CONST, K_VOLATILE: VOLATILE, K_RESTRICT: RESTRICT, K_SEG_GS: SEG_GS, K_SEG_FS: SEG_FS}
_STORAGE_WORD: Final[dict[int, str]] = {S_AUTO: "auto", S_REGISTER: "register", S_TYPEDEF: "typedef"}
_STORAGE: Final[dict[int, int]] = {K_TYPEDEF: S_TYPEDEF, K_EXTERN: S_EXTERN, K_STATIC: S_STATIC, K_AUTO: S_AUTO, K_REGISTER: S_REGISTER}

# Words of a basic type, as one number: a decimal digit counts each of them.
_V: Final = 1
_C: Final = 10
_SH: Final = 100
_I: Final = 1000
_L: Final = 10000
_F: Final = 100000
_D: Final = 1000000
_SI: Final = 10000000
_U: Final = 100000000
_B: Final = 1000000000
_I128: Final = 10000000000
_WORD: Final[dict[int, int]] = {K_VOID: _V, K_CHAR: _C, K_SHORT: _SH, K_INT: _I, K_LONG: _L, K_FLOAT: _F, K_DOUBLE: _D, K_SIGNED: _SI,
                                K_UNSIGNED: _U, K_BOOL: _B, K_INT128: _I128}
_BASIC: Final[dict[int, int]] = {
    _V: VOID, _C: CHAR, _C + _SI: SCHAR, _C + _U: UCHAR, _SH: SHORT, _SH + _I: SHORT, _SH + _SI: SHORT, _SH + _SI + _I: SHORT,
    _SH + _U: USHORT, _SH + _U + _I: USHORT, _I: INT, _SI: INT, _SI + _I: INT, _U: UINT, _U + _I: UINT, _L: LONG, _L + _I: LONG,
    _L + _SI: LONG, _L + _SI + _I: LONG, _L + _U: ULONG, _L + _U + _I: ULONG, 2 * _L: LLONG, 2 * _L + _I: LLONG, 2 * _L + _SI: LLONG,
    2 * _L + _SI + _I: LLONG, 2 * _L + _U: ULLONG, 2 * _L + _U + _I: ULLONG, _F: FLOAT, _D: DOUBLE, _D + _L: LDOUBLE, _B: BOOL,
    _I128: INT128, _I128 + _SI: INT128, _I128 + _U: UINT128}
_LARGEST_ALIGNMENT: Final = 1 << 28
"""gcc's, of ELF objects."""
_AFTER_TAG: Final = frozenset((K_CONST, K_VOLATILE, K_RESTRICT, K_SEG_GS, K_SEG_FS, K_ATOMIC, K_TYPEDEF, K_EXTERN, K_STATIC, K_AUTO, K_REGISTER,
                              K_THREAD, K_INLINE, K_NORETURN, K_ATTRIBUTE, K_ALIGNAS, K_EXTENSION))
"""Specifiers that may follow the definition of a tag."""


class Specs:
    """What declaration specifiers said."""

    def __init__(self, ty: Type, loc: Loc) -> None:
        self.ty = ty
        self.loc = loc
        self.storage = -1               # S_ code, -1: none
        self.thread_local = False
        self.is_inline = False
        self.noreturn = False
        self.auto_type = False
        self.has_type = False
        self.tag_only = False           # a struct, union or enum specifier was the type
        self.defines_tag = False
        self.align = 0                  # _Alignas
        self.alignas = False            # it was there, be it `_Alignas(0)`
        self.attrs: list[Attr] = []
        self.quals = 0
        self.from_typedef: Symbol | None = None
        self.explicit_signed = False    # with the word `signed`, here or in the typedef


class Specifiers:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.types = core.types
        self.environment = core.environment
        self.unsigned_bit_fields = core.options.flag("unsigned-bitfields", False) or not core.options.flag("signed-bitfields", True)
        """Bit-fields of integer types that say neither `signed` nor `unsigned` are unsigned."""

    def read(self, need_type: bool = True) -> Specs:
        """declaration-specifiers (or specifier-qualifier-list).  Without any type the type is int,
        which is an error if `need_type` and nothing else was there."""
        core = self.core
        tokens = core.tokens
        specs = Specs(self.types.int_, core.loc())
        words = 0
        complex_ = False
        ty: Type | None = None
        start = core.pos
        last_word = core.loc()
        while True:
            token = tokens[core.pos]
            if token.kind != IDENTIFIER:
                if token.sym.text == "[" and core.peek(1) == "[":
                    core.attributes.read(specs.attrs)
                    continue
                break
            text = token.sym.text
            code = core.keywords.get(text, 0)
            if specs.defines_tag and code and code not in _AFTER_TAG and core.expressions.starts_type(0):     # (a typedef's name may be declared anew)
                raise core.syntax_error("';', identifier or '('")   # a forgotten semicolon
            if code == 0:
                if ty is not None or words or complex_ or specs.auto_type:
                    break
                found = self.environment.find(token.sym)
                if found is None or found.storage != S_TYPEDEF or found.order > core.order:
                    break
                if not core.unevaluated:
                    found.used = True
                if found.attrs.deprecated is not None:
                    core.builtins.check_use(found, core.loc())
                ty = found.ty
                specs.from_typedef = found
                specs.explicit_signed = found.explicit_signed
                core.pos += 1
            elif code in _WORD:
                if ty is not None:
                    if specs.from_typedef is not None or words == 0:
                        core.error(core.loc(), "two or more data types in declaration specifiers")
                    core.pos += 1
                    continue
                words += _WORD[code]
                last_word = core.loc()
                core.pos += 1
            elif code in _QUALIFIERS:
                quals = _QUALIFIERS[code]
                if specs.quals & quals & 7:
                    core.warn("duplicate-decl-specifier", core.loc(), f"duplicate '{text.strip('_')}'")
                specs.quals |= quals
                core.pos += 1
            elif code in _STORAGE:
                self._storage(specs, code, text)
            elif code == K_COMPLEX:
                complex_ = True
                core.pos += 1
            elif code <= LAST_SPECIFIER:
                made = self._other(specs, code, text)
                if made is not None:
                    if ty is not None or words:
                        core.error(specs.loc, "two or more data types in declaration specifiers")
                    ty = made
            else:
                break
        specs.ty = self._finish(specs, ty, words, complex_, need_type, start, last_word)
        return specs

    def read_type(self) -> Specs:
        """specifier-qualifier-list: neither a storage class nor a function specifier is among them."""
        core = self.core
        start = core.pos
        specs = self.read()
        if specs.storage >= 0 or specs.is_inline or specs.noreturn or specs.thread_local:
            end = core.pos
            core.pos = start
            core.syntax_error("specifier-qualifier-list")
            core.pos = end
        return specs

    def _not_first(self, specs: Specs, text: str) -> None:
        """-Wold-style-declaration: the storage class stands behind a type or qualifier."""
        core = self.core
        first = core.tokens[specs.loc - core.base]
        code = core.keywords.get(first.sym.text, 0)
        if code in _WORD or code in _QUALIFIERS or code in (0, K_STRUCT, K_UNION, K_ENUM):
            core.warn("old-style-declaration", specs.loc, f"'{text}' is not at beginning of declaration")

    def _storage(self, specs: Specs, code: int, text: str) -> None:
        core = self.core
        if specs.storage >= 0:
            if specs.storage == _STORAGE[code]:
                core.error(core.loc(), f"duplicate '{text}'")
            else:
                core.error(specs.loc, "multiple storage classes in declaration specifiers")
            core.pos += 1
            return
        specs.storage = _STORAGE[code]
        if specs.thread_local and code not in (K_EXTERN, K_STATIC):
            core.error(core.loc(), f"'_Thread_local' used with '{text}'")
            specs.thread_local = False
        self._not_first(specs, text)
        core.pos += 1

    def _other(self, specs: Specs, code: int, text: str) -> Type | None:
        """The rarer specifiers; the type if it is a type specifier."""
        core = self.core
        if code == K_STRUCT or code == K_UNION:
            specs.tag_only = True
            return self.record(STRUCT if code == K_STRUCT else UNION, specs)
        if code == K_ENUM:
            specs.tag_only = True
            return self.enum(specs)
        if code == K_ATTRIBUTE:
            core.attributes.read(specs.attrs)
            return None
        core.pos += 1
        if code == K_INLINE:
            specs.is_inline = True
        elif code == K_NORETURN:
            specs.noreturn = True
        elif code == K_THREAD:
            if specs.thread_local:
                core.error(specs.loc, "duplicate '_Thread_local' or '__thread'")
            specs.thread_local = specs.storage not in (S_AUTO, S_REGISTER, S_TYPEDEF)
            if not specs.thread_local:
                core.error(specs.loc, f"'{text}' used with '{_STORAGE_WORD[specs.storage]}'")
        elif code == K_AUTO_TYPE:
            specs.auto_type = True
            specs.has_type = True
        elif code == K_ALIGNAS:
            specs.align = max(specs.align, self._alignas(core.loc() - 1))
            specs.alignas = True
        elif code == K_TYPEOF:
            return self._typeof(text)
        elif code == K_ATOMIC:
            if core.text() == "(":
                core.pos += 1
                ty = core.declarations.type_name()
                core.expect(")")
                return self._atomic(ty, specs.loc)
            specs.quals |= ATOMIC
        elif code == K_VA_LIST:
            return self.types.va_list
        elif code == K_BUILTIN_TYPE:
            return self.types.basic[INT128 if text == "__int128_t" else UINT128]
        elif code == K_FLOATN:
            return self.types.floating[text]
        elif code == K_DECIMAL:
            core.error(core.loc() - 1, "decimal floating-point not supported for this target" if text.startswith("_Dec")
                       else "fixed-point types not supported for this target")
            return self.types.error
        elif code == K_EXTENSION:
            pass
        return None

    def _atomic(self, ty: Type, loc: Loc) -> Type:
        """`_Atomic(ty)` (C11 6.7.2.4p3)."""
        core = self.core
        if ty.kind == FUNCTION:
            core.error(loc, "'_Atomic'-qualified function type")
        elif ty.kind == ARRAY:
            core.error(loc, "'_Atomic'-qualified array type")
        elif ty.quals & (CONST | VOLATILE | RESTRICT | ATOMIC):
            core.error(loc, "'_Atomic' applied to a qualified type")
        return qualified(ty, ATOMIC)

    def _alignas(self, loc: Loc) -> int:
        core = self.core
        core.expect("(")
        if core.expressions.starts_type(0):
            ty = core.declarations.type_name()
            if ty.kind == VOID:
                core.pedwarn(loc, "invalid application of '__alignof__' to a void type", "pointer-arith")
            elif is_record(ty) and not core.records.complete(ty):
                core.error(loc, f"invalid application of '__alignof__' to incomplete type {type_text(ty)}")
            value = core.records.field_align(ty)
        else:
            value, _ = core.expressions.constant_integer("requested alignment")
            if value < 0 or value & (value - 1):
                core.error(loc, f"requested alignment '{value}' is not a positive power of 2")
                value = 0
            elif value > _LARGEST_ALIGNMENT:
                core.error(loc, f"requested alignment '{value}' exceeds maximum {_LARGEST_ALIGNMENT}")
                value = 0
        core.expect(")")
        return value

    def _typeof(self, word: str) -> Type:
        core = self.core
        core.expect("(")
        if core.expressions.starts_type(0):
            ty = core.declarations.type_name()
        else:
            core.unevaluated += 1
            try:
                e = core.expressions.expression()
            finally:
                core.unevaluated -= 1
            ty = e.ty
            if isinstance(e, MemberRef) and e.member.bit_width >= 0:
                core.error(e.loc, "'typeof' applied to a bit-field")
        core.expect(")")
        return self.types.unqualified(ty) if "unqual" in word else ty

    def _finish(self, specs: Specs, ty: Type | None, words: int, complex_: bool, need_type: bool, start: int,
                last_word: Loc) -> Type:
        core = self.core
        if ty is None:
            if words:
                kind = _BASIC.get(words, -1)
                if kind < 0 and words in (_L + _F, 3 * _L):
                    core.error(last_word, "both 'long' and 'float' in declaration specifiers" if words == _L + _F
                               else "'long long long' is too long for GCC")
                    kind = INT
                elif kind < 0:
                    core.error(last_word, self._conflict(words))
                    kind = INT
                if kind in (INT128, UINT128) and not self.types.layout.int128:
                    core.error(specs.loc, "'__int128' is not supported on this target")
                    kind = INT
                ty = self.types.basic[kind]
                specs.explicit_signed = words // _SI % 10 > 0
                specs.has_type = True
            elif complex_:
                ty = self.types.double
                specs.has_type = True
            elif specs.auto_type:
                ty = self.types.int_
            else:
                ty = self.types.int_
                if need_type and core.pos == start:
                    raise core.syntax_error("declaration specifiers")
        else:
            specs.has_type = True
        if complex_ and ty.kind != ERROR:
            ty = self.types.complex(ty)
        if specs.attrs:
            ty = core.attributes.mode(specs.attrs, ty)
            ty = self.vector(specs.attrs, ty)
        if specs.quals:
            element = ty
            while element.kind == ARRAY:
                element = base_of(element)
            if specs.quals & RESTRICT and element.kind not in (POINTER, ERROR):
                core.error(specs.loc, "invalid use of 'restrict'")
                specs.quals &= ~RESTRICT
            if specs.quals & ATOMIC and ty.kind in (ARRAY, FUNCTION):
                return self._atomic(ty, specs.loc)
            ty = self.types.qualify(ty, specs.quals)
        return ty

    def _conflict(self, words: int) -> str:
        if words // _SI % 10 and words // _U % 10:
            return "both 'signed' and 'unsigned' in declaration specifiers"
        if words // _L % 10 and words // _SH % 10:
            return "both 'long' and 'short' in declaration specifiers"
        return "two or more data types in declaration specifiers"

    def vector(self, attrs: list[Attr], ty: Type) -> Type:
        """`ty` made a vector by a `vector_size` attribute."""
        core = self.core
        a = core.attributes.find(attrs, "vector_size")
        if a is None:
            return ty
        size = a.number(0, -1)
        element = size_of(ty)
        if element <= 0 or size <= 0 or size % element or not (is_integer(ty) or 16 <= ty.kind <= 21):
            if not (is_integer(ty) or 16 <= ty.kind <= 21):
                core.error(a.loc, "invalid vector type for attribute 'vector_size'")
            else:
                core.error(a.loc, "vector size not an integral multiple of component size")
            return ty
        if size // element & (size // element - 1):
            core.error(a.loc, f"number of vector components {size // element} not a power of two")
            return ty
        return self.types.qualify(self.types.vector(ty, size // element), ty.quals)

    # ---- struct and union

    def _tag_head(self) -> tuple[list[Attr], Sym | None, Loc]:
        """The cursor is at `struct`, `union` or `enum`: attributes and tag behind it, and the tag's place."""
        core = self.core
        core.pos += 1
        attrs: list[Attr] = []
        core.attributes.read(attrs)
        sym: Sym | None = None
        loc = core.loc()
        if core.identifier():
            sym = core.tokens[core.pos].sym
            core.pos += 1
        return attrs, sym, loc

    def record(self, kind: int, specs: Specs | None = None) -> Type:
        """struct-or-union-specifier; the cursor is at the keyword."""
        core = self.core
        attrs, sym, loc = self._tag_head()
        if core.text() != "{":
            if sym is None:
                raise core.syntax_error("'{'")
            return self._mention(kind, sym, loc)
        if specs is not None:
            specs.defines_tag = True
        record = self._new_record(kind, sym, loc)
        core.pos += 1
        fields: list[Field] = []
        try:
            while core.text() != "}":
                if core.accept(";"):
                    continue
                self._members(fields, kind)
        except Exception:
            record.complete = True
            record.size = max(record.size, 0)
            raise
        core.pos += 1
        core.attributes.read(attrs)
        self._lay_out(record, fields, attrs)
        return record

    def _new_record(self, kind: int, sym: Sym | None, loc: Loc) -> RecordType:
        core = self.core
        if sym is not None:
            old = self.environment.find_tag_here(sym)
            if old is not None:
                if isinstance(old, RecordType) and old.kind == kind:
                    if not old.complete and not old.members:
                        old.loc = loc
                        return old
                    core.error(loc, f"redefinition of '{TAG_WORDS[kind]} {sym.text}'")
                    core.diagnostics.note(old.loc, "originally defined here")
                else:
                    core.error(loc, f"'{sym.text}' defined as wrong kind of tag")
        record = RecordType(kind, sym.text if sym is not None else "")
        record.loc = loc
        if sym is not None:
            self.environment.declare_tag(sym, record)
        return record

    def _mention(self, kind: int, sym: Sym, loc: Loc) -> Type:
        env = self.environment
        core = self.core
        ty: Type | None
        if core.text() == ";" and not env.at_file_scope() and core.tokens[core.pos - 3].sym.text not in (",", "("):
            ty = env.find_tag_here(sym)
        else:
            local = env.local_tags.get(sym)
            if local is not None and local.depth > env.hide:
                ty = local.ty
            else:
                ty = env.global_tags.get(sym)
                if ty is None and not env.at_file_scope() and env.supplier is not None:
                    # Some header range not parsed yet may have mentioned it: it is taken for a file-scope tag.
                    ty = RecordType(kind, sym.text)
                    ty.loc = loc
                    env.global_tags[sym] = ty
        if ty is None:
            record = RecordType(kind, sym.text)
            record.loc = loc
            env.declare_tag(sym, record)
            if core.declarations.in_parameters and not core.in_system:
                core.warn("", loc, f"'{TAG_WORDS[kind]} {sym.text}' declared inside parameter list will not be visible outside of this "
                          f"definition or declaration")
            return record
        if ty.kind != kind:
            core.error(loc, f"'{sym.text}' defined as wrong kind of tag")
        return ty

    def _members(self, fields: list[Field], kind: int) -> None:
        """One struct-declaration."""
        core = self.core
        while core.tokens[core.pos].sym.text == "__extension__":
            core.pos += 1
        if core.keywords.get(core.text(), 0) == K_STATIC_ASSERT:
            core.declarations.static_assert()
            return
        if not core.expressions.starts_type(0) and not core.attributes.at():
            raise core.syntax_error("specifier-qualifier-list")
        core.enter()
        specs = self.read_type()
        core.nesting -= 1
        if core.text() == ";":
            core.pos += 1
            t = specs.ty.unq
            if isinstance(t, RecordType) and self._anonymous(t, specs):
                fields.append(Field("", specs.ty, -1, max(specs.align, core.attributes.alignment(specs.attrs)),
                                    core.attributes.has(specs.attrs, "packed"), specs.loc))
            elif not (specs.defines_tag and specs.ty.kind == ENUM):
                core.pedwarn(specs.loc, "declaration does not declare anything")
            return
        while True:
            self._member(fields, specs)
            if core.accept(","):
                continue
            break
        if core.text() == "}":
            core.warn("", core.loc(), "no semicolon at end of struct or union")
            return
        core.expect(";")

    def _anonymous(self, record: RecordType, specs: Specs) -> bool:
        """A member that is only a type: C11's is a record without tag; -fms-extensions also takes others, and names of them."""
        flag = self.core.options.flag
        return not record.tag and specs.defines_tag or flag("ms-extensions", False) or flag("plan9-extensions", False)

    def _member(self, fields: list[Field], specs: Specs) -> None:
        core = self.core
        attrs: list[Attr] = []
        core.attributes.read(attrs)
        loc = core.loc()
        name = ""
        ty = specs.ty
        if core.text() != ":":
            d = core.declarations.declarators.declarator(specs.ty, False)
            core.declarations.declarators.parameter_arrays(d, False)
            ty = d.ty
            loc = d.loc
            name = d.sym.text if d.sym is not None else ""
            attrs.extend(d.attrs)
        width = -1
        if core.accept(":"):
            width = self._width(name, ty, loc)
            if self.unsigned_bit_fields and not specs.explicit_signed and CHAR <= ty.kind <= LLONG:
                ty = self.types.qualify(self.types.to_unsigned(ty.unq), ty.quals)
        if specs.alignas:
            core.declarations.checks.alignment(specs, "bit-field" if width >= 0 else "", name, ty, loc)
        core.attributes.read(attrs)
        every = specs.attrs + attrs
        ty = core.attributes.mode(attrs, ty) if attrs else ty
        ty = self.vector(attrs, ty) if attrs else ty
        align = max(specs.align, core.attributes.alignment(every) if every else 0)
        if ty.kind == FUNCTION:
            core.error(loc, f"field '{name}' declared as a function")
            return
        if width < 0 and not (ty.kind == ARRAY and isinstance(ty.unq, ArrayType) and ty.unq.count < 0 and not ty.unq.vla):
            if ty.kind == VOID:
                core.error(loc, f"variable or field '{name}' declared void")
                return
            if not core.records.complete(ty) and ty.kind != ERROR and not core.operators.is_vla(ty):
                core.error(loc, f"field '{name}' has incomplete type")
                return
        fields.append(Field(name, ty, width, align, core.attributes.has(every, "packed"), loc))

    def _width(self, name: str, ty: Type, loc: Loc) -> int:
        core = self.core
        shown = f"'{name}'" if name else "'<anonymous>'"
        width, e = core.expressions.constant_integer(f"bit-field {shown} width not an integer constant%")
        if e.ty.kind == ERROR:
            return 1
        if not is_integer(ty):
            core.error(loc, f"bit-field {shown} has invalid type")
            return 1
        if ty.quals & ATOMIC:
            core.error(loc, f"bit-field {shown} has atomic type")
            return 1
        if width < 0:
            core.error(loc, f"negative width in bit-field {shown}")
            return 1
        limit = 1 if ty.kind == BOOL else 8 * size_of(ty)
        if width > limit:
            core.error(loc, f"width of {shown} exceeds its type")
            return limit
        if width == 0 and name:
            core.error(loc, f"zero width for bit-field {shown}")
            return 1
        return width

    def _lay_out(self, record: RecordType, fields: list[Field], attrs: list[Attr]) -> None:
        core = self.core
        reader = core.attributes
        packed = reader.has(attrs, "packed")
        core.records.lay_out(record, fields, packed, reader.alignment(attrs))
        a = reader.find(attrs, "scalar_storage_order") if reader.has(attrs, "scalar_storage_order") else None
        if a is not None and (a.text(0) == "big-endian") != self.types.layout.big_endian:
            record.scalar_storage_order = 1
            for m in record.members:
                element = m.ty.unq
                while isinstance(element, ArrayType):
                    element = element.base.unq
                m.reversed = element.kind not in (STRUCT, UNION) and (element.size > 1 or m.bit_width >= 0)
                if m.reversed and element.kind in (COMPLEX, VECTOR, LDOUBLE, FLOAT128):
                    core.error(a.loc, f"reversed storage order of {type_text(element)} is not supported")
        a = reader.find(attrs, "ms_struct")
        if a is not None:
            self._microsoft(fields, a.loc)
        if record.anchors and core.function is not None:
            core.function.pending_vla.append(VlaDecl(record, record.loc))
        if reader.has(attrs, "transparent_union"):
            record.transparent = True
        if reader.has(attrs, "designated_init"):
            core.initializers.designated_only.add(record)

    def _microsoft(self, fields: list[Field], loc: Loc) -> None:
        for f in fields:
            if f.width >= 0:
                self.core.error(loc, "bit-fields laid out as attribute 'ms_struct' asks are not supported")
                return

    # ---- enum

    def enum(self, specs: Specs | None = None) -> Type:
        """enum-specifier; the cursor is at the keyword."""
        core = self.core
        env = self.environment
        attrs, sym, loc = self._tag_head()
        fixed: Type | None = None
        if core.text() == ":" and core.expressions.starts_type(1):
            core.pos += 1
            fixed = self.read().ty
        if core.text() != "{":
            if sym is None:
                raise core.syntax_error("'{'")
            found = env.find_tag(sym)
            if isinstance(found, EnumType) and not found.complete and env.supplier is not None:
                env.supplier.supply_tag(sym)
            if found is None:
                core.pedantic(loc, "ISO C forbids forward references to 'enum' types")
                made = EnumType(sym.text, self.types.uint)
                made.loc = loc
                env.declare_tag(sym, made)
                return made
            if found.kind != ENUM:
                core.error(loc, f"'{sym.text}' defined as wrong kind of tag")
            return found
        if specs is not None:
            specs.defines_tag = True
        ty: EnumType | None = None
        if sym is not None:
            old = env.find_tag_here(sym)
            if isinstance(old, EnumType):
                if old.complete:
                    core.error(loc, f"redeclaration of 'enum {sym.text}'")
                    core.diagnostics.note(old.loc, "originally defined here")
                else:
                    ty = old
        if ty is None:
            ty = EnumType(sym.text if sym is not None else "", self.types.uint)
            if sym is not None:
                env.declare_tag(sym, ty)
        ty.loc = loc
        core.pos += 1
        constants = self._enumerators(ty)
        core.attributes.read(attrs)
        if fixed is not None:
            ty.base = fixed.unq
            ty.size = ty.base.size
            ty.align = ty.base.align
            ty.complete = True
        else:
            core.records.finish_enum(ty, core.attributes.has(attrs, "packed"))
        self._type_enumerators(ty, constants, fixed)
        return ty

    def _enumerators(self, ty: EnumType) -> list[Symbol]:
        core = self.core
        made: list[Symbol] = []
        value = 0
        while True:
            if core.text() == "}" and made:
                break
            if not core.identifier():
                raise core.syntax_error("identifier")
            sym = core.tokens[core.pos].sym
            loc = core.loc()
            core.pos += 1
            attrs: list[Attr] = []
            core.attributes.read(attrs)
            if core.accept("="):
                value, e = core.expressions.constant_integer(f"enumerator value for '{sym.text}'", loc)
                value = value if e.ty.kind != ERROR else 0
            if not -(1 << 31) <= value < 1 << 31:
                core.pedantic(loc, "ISO C restricts enumerator values to range of 'int'")
            old = self.environment.find_here(sym)
            if old is not None and old.loc != loc:
                if old.storage == S_ENUM_CONST:
                    core.error(loc, f"redeclaration of enumerator '{sym.text}'")
                else:
                    core.error(loc, f"'{sym.text}' redeclared as different kind of symbol")
                core.diagnostics.note(old.loc, f"previous definition of '{sym.text}' with type {type_text(old.ty)}")
            constant = Symbol(sym.text, S_ENUM_CONST, self._constant_type(value), loc)
            constant.value = value
            core.enum_of[constant] = ty
            core.attributes.apply_symbol(constant, attrs)
            self.environment.declare(sym, constant)
            made.append(constant)
            ty.constants.append((sym.text, value))
            value += 1
            if not core.accept(","):
                break
        core.expect("}")
        return made

    def _constant_type(self, value: int) -> Type:
        types = self.types
        if -(1 << 31) <= value < 1 << 31:
            return types.int_
        if 0 <= value < 1 << 32:
            return types.uint
        long_bits = 8 * types.long_.size
        if -(1 << (long_bits - 1)) <= value < 1 << (long_bits - 1):
            return types.long_
        if 0 <= value < 1 << long_bits:
            return types.ulong
        return types.llong if value < 1 << 63 else types.ullong

    def _type_enumerators(self, ty: EnumType, constants: list[Symbol], fixed: Type | None) -> None:
        """Enumerators have type int if all fit, else the type of the enum (gcc 12: each by itself fits int or enum's)."""
        for c in constants:
            if fixed is not None:
                c.ty = ty
            elif -(1 << 31) <= c.value < 1 << 31:
                c.ty = self.types.int_
            else:
                c.ty = ty.base
