"""What `lower` knows of the whole translation unit: global symbols, string pool, label names.

A `Symbol` of the front end becomes a `GlobalSymbol` at first mention; whether its definition is then
lowered, and when, is the unit's affair (`cc/unit.py`).
"""
from __future__ import annotations

from typing import Final, cast

from toolchain.cc.ir.ir import DataObject, GlobalSymbol
from toolchain.cc.lower.typemap import TypeMap
from toolchain.cc.options import CompileOptions
from toolchain.cc.parse.ast import S_EXTERN, S_STATIC, FunctionDef, Label, Symbol
from toolchain.cc.target import FrontTarget
from toolchain.cc.types import ARRAY, CONST, FUNCTION, STRUCT, UNION, VOLATILE, ArrayType, FunctionType, Type, align_of, size_of
from toolchain.diagnostics import Diagnostics

RETURNS_TWICE_NAMES: Final = frozenset(("setjmp", "_setjmp", "sigsetjmp", "__sigsetjmp", "savectx", "vfork", "getcontext"))
"""Functions that gcc takes to return twice by name alone (gcc/calls.cc, special_function_p)."""
MAX_FOLDED_DATA: Final = 1 << 16
"""Constant objects larger than this are not given to the optimiser."""


class Module:
    """Symbols and data of one translation unit."""

    def __init__(self, options: CompileOptions, target: FrontTarget, diagnostics: Diagnostics) -> None:
        self.options = options
        self.target = target
        self.layout = target.layout
        self.types = TypeMap(target.layout)
        self.diagnostics = diagnostics
        self.globals: dict[str, GlobalSymbol] = {}
        """By assembler name."""
        self.of_symbol: dict[Symbol, GlobalSymbol] = {}
        self.symbol_of: dict[str, Symbol] = {}
        """The declaration behind an assembler name; one that has a definition if there is any."""
        self.data: dict[str, DataObject] = {}
        """Lowered objects by name, strings and unnamed ones included; insertion order is creation order."""
        self.strings: dict[tuple[bytes, int], GlobalSymbol] = {}
        self.labels: dict[Label, str] = {}
        self.nested: list[FunctionDef] = []
        """Nested functions met while lowering; the unit lowers them after their owners."""
        self.executable_stack = False       # a trampoline was made
        self.counter = 0
        self.label_counter = 0
        self.static_numbers: dict[str, int] = {}
        self.library_builtins = options.library_builtins()
        self.pic = options.pic != 0 and not options.pie

    # ------------------------------------------------------------ symbols
    def named(self, name: str) -> GlobalSymbol:
        """The symbol with assembler name `name`."""
        g = self.globals.get(name)
        if g is None:
            g = GlobalSymbol(name)
            self.globals[name] = g
        return g

    def library(self, name: str) -> GlobalSymbol:
        """A routine of the C library or the support library, called without a declaration."""
        g = self.named(name)
        g.is_function = True
        return g

    def assembler_name(self, symbol: Symbol) -> str:
        """The name `symbol` has in the object file."""
        if symbol.asm_name:
            return symbol.asm_name
        local = symbol.depth > 0 and symbol.storage == S_STATIC or symbol.nested_in is not None and symbol.is_function
        if not symbol.name:
            self.counter += 1
            return f"__compound_literal.{self.counter}"
        if not local:
            return symbol.name
        number = self.static_numbers.get(symbol.name, 0)
        self.static_numbers[symbol.name] = number + 1
        return f"{symbol.name}.{number}"

    def symbol(self, symbol: Symbol) -> GlobalSymbol:
        """The `GlobalSymbol` of an object with static storage or a function."""
        g = self.of_symbol.get(symbol)
        if g is not None:
            if symbol.attrs.weak and not g.weak:
                g.weak = True
            return g
        if symbol.attrs.weakref:
            g = self.named(symbol.attrs.weakref)
            g.weak = not g.defined
            self.of_symbol[symbol] = g
            return g
        g = self.named(self.assembler_name(symbol))
        self.of_symbol[symbol] = g
        known = self.symbol_of.get(g.name)
        if known is None or not known.defined:
            self.symbol_of[g.name] = symbol
        self._describe(g, symbol)
        return g

    def _describe(self, g: GlobalSymbol, symbol: Symbol) -> None:
        attrs = symbol.attrs
        g.is_function = symbol.is_function or symbol.ty.unq.kind == FUNCTION
        g.local = symbol.storage == S_STATIC or not symbol.name or symbol.nested_in is not None and symbol.is_function
        g.weak = attrs.weak
        g.visibility = attrs.visibility if attrs.visibility >= 0 else self._default_visibility(symbol)
        g.defined = self.is_defined(symbol)
        g.decl_loc = symbol.loc
        g.error_message = attrs.error
        g.warning_message = attrs.warning
        g.malloc = attrs.malloc
        g.no_plt = attrs.no_plt or not self.options.flag("plt", True)
        if g.is_function:
            self._describe_function(g, symbol)
        else:
            g.align = self.object_alignment(symbol)
            g.size = self.object_size(symbol)
            g.size_known_object = g.size >= 0 and not attrs.weak
            g.far = not symbol.thread_local and self.target.in_far_section(g.size, attrs.section)
            if symbol.thread_local:
                g.tls_model = self.tls_model(symbol, g)
            elif g.defined and symbol.init is not None and self.is_constant_object(symbol) and not attrs.weak and not g.tls_model:
                self._fold_constant(g, symbol)
        if attrs.alias or attrs.ifunc:
            g.alias_of = self.named(attrs.alias or attrs.ifunc)
            g.ifunc = bool(attrs.ifunc)

    def _default_visibility(self, symbol: Symbol) -> int:
        return self.options.visibility if self.is_defined(symbol) and symbol.storage == S_EXTERN else 0

    def _describe_function(self, g: GlobalSymbol, symbol: Symbol) -> None:
        ftype = symbol.ty.unq
        g.pure = symbol.attrs.pure
        g.noreturn = symbol.attrs.noreturn
        g.cold = symbol.attrs.cold
        if isinstance(ftype, FunctionType):
            g.noreturn = g.noreturn or ftype.noreturn
            g.pure = max(g.pure, ftype.pure)
        g.returns_twice = symbol.attrs.returns_twice or g.name in RETURNS_TWICE_NAMES
        g.align = 1

    def _fold_constant(self, g: GlobalSymbol, symbol: Symbol) -> None:
        if 0 <= g.size <= MAX_FOLDED_DATA and not symbol.attrs.section:
            g.readonly_data = self.object_for(symbol)

    def is_defined(self, symbol: Symbol) -> bool:
        """Whether this unit defines the symbol (a tentative definition counts, a common too)."""
        if symbol.attrs.alias or symbol.attrs.ifunc:
            return True
        if symbol.is_function:
            return symbol.defined and not symbol.is_extern_inline
        return symbol.defined or symbol.tentative or symbol.init is not None or symbol.storage == S_STATIC

    def object_size(self, symbol: Symbol) -> int:
        """Bytes of an object, its flexible array member's initialiser included; -1 if unknown."""
        size = size_of(symbol.ty)
        if symbol.init is not None:
            size = max(size, symbol.init.size)
        if size < 0 and symbol.tentative and isinstance(symbol.ty.unq, ArrayType):
            size = size_of(symbol.ty.unq.base)          # `int a[];` becomes one element (C11 6.9.2p5)
        return size

    def object_alignment(self, symbol: Symbol) -> int:
        """Alignment of a variable.  As gcc does (DATA_ALIGNMENT), records and arrays that this unit defines are
        aligned to words where misaligned accesses are expensive, unless the program says how and where."""
        align = max(align_of(symbol.ty), symbol.attrs.aligned, 1)
        word = self.layout.pointer_size
        if self.layout.unaligned_ok or symbol.attrs.aligned or symbol.attrs.section or align >= word or not self.is_defined(symbol):
            return align
        return word if symbol.ty.unq.kind in (ARRAY, STRUCT, UNION) and self.object_size(symbol) >= word else align

    def is_constant_object(self, symbol: Symbol) -> bool:
        """Whether the object's bytes never change, so that it may stand in read-only memory."""
        quals = type_quals(symbol.ty)
        return bool(quals & CONST) and not quals & VOLATILE and not has_mutable(symbol.ty)

    def tls_model(self, symbol: Symbol, g: GlobalSymbol) -> str:
        """gcc's choice of TLS model (gcc/varasm.cc, decl_default_tls_model), or the one asked for."""
        if symbol.attrs.tls_model:
            return symbol.attrs.tls_model
        local = g.local or g.defined and g.visibility != 0 or self.options.pie and g.defined
        if self.pic:
            model = "local-dynamic" if local else "global-dynamic"
        else:
            model = "local-exec" if local or g.defined else "initial-exec"
        order = ("global-dynamic", "local-dynamic", "initial-exec", "local-exec")
        wanted = self.options.tls_model
        return wanted if wanted in order and order.index(wanted) > order.index(model) else model

    # ------------------------------------------------------------ unnamed things
    def string(self, data: bytes, element: int, align: int = 0) -> GlobalSymbol:
        """Symbol of a pooled string literal with elements of `element` bytes."""
        key = (data, element)
        g = self.strings.get(key)
        if g is None:
            g = self.constant(data, max(element, align))
            self.strings[key] = g
            o = self.data[g.name]
            terminator = bytes(element)
            if data.endswith(terminator) and not _has_inner_terminator(data, element) and element in (1, 2, 4):
                o.merge = element
                o.strings = True
        return g

    def constant(self, data: bytes | bytearray, align: int) -> GlobalSymbol:
        """A nameless read-only object."""
        name = f".LC{self.counter}"
        self.counter += 1
        g = self.named(name)
        g.local = True
        g.defined = True
        g.align = align
        g.size = len(data)
        g.size_known_object = True
        o = DataObject(g, "", align, bytes(data))
        o.readonly = True
        g.readonly_data = o
        self.data[name] = o
        return g

    def label_name(self, label: Label) -> str:
        """Assembler name of a label whose address is taken."""
        name = self.labels.get(label)
        if name is None:
            name = f".LA{self.label_counter}"
            self.label_counter += 1
            self.labels[label] = name
        return name

    def label_symbol(self, label: Label) -> GlobalSymbol:
        """The label as a symbol, for static data."""
        g = self.named(self.label_name(label))
        g.local = True
        g.defined = True
        return g

    def object_for(self, symbol: Symbol) -> DataObject:
        """The object's bytes, lowered at first use."""
        from toolchain.cc.lower import static_data
        g = self.symbol(symbol)
        o = self.data.get(g.name)
        if o is None:
            o = static_data.build_object(self, symbol, g)
        return o


def _has_inner_terminator(data: bytes, element: int) -> bool:
    if element == 1:
        return data.find(0) != len(data) - 1
    zero = bytes(element)
    return any(data[i:i + element] == zero for i in range(0, len(data) - element, element))


def type_quals(t: Type) -> int:
    """Qualifiers of an object of type `t`: an array's are those of its elements."""
    quals = t.quals
    u = t.unq
    while u.kind == ARRAY:
        base = cast(ArrayType, u).base
        quals |= base.quals
        u = base.unq
    return quals


def has_mutable(t: Type) -> bool:
    """Whether a const object of this type could still change: it has volatile members."""
    from toolchain.cc.types import STRUCT, UNION, RecordType
    u = t.unq
    while u.kind == ARRAY:
        u = cast(ArrayType, u).base.unq
    if u.kind not in (STRUCT, UNION):
        return False
    for m in cast(RecordType, u).members:
        if type_quals(m.ty) & VOLATILE or has_mutable(m.ty):
            return True
    return False
