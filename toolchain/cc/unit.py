"""One translation unit, from file to object: who asks whom, and in which order.

Front end: preprocess, parse (bodies on demand).  Phase 1: from the roots, every function that anything reached
mentions is lowered and gets its early passes; then bottom-up over the call graph, callees are inlined.  Phase
2: from the roots again, over what is still mentioned, late passes; then code generation in source order, data,
aliases, tables.  What no root reaches is never lowered; what no longer is reached is never generated.

    result = compile_unit("f.c", None, pp_options, options, "riscv64", "object", context, diagnostics, cache)
"""
from __future__ import annotations

import gc
import importlib
from collections.abc import Callable
from typing import Final, Protocol, cast

from toolchain import assembler
from toolchain.cc.codegen.function import compile_function
from toolchain.cc.codegen.unitstate import UnitState
from toolchain.cc.debuginfo.info import UnitInfo
from toolchain.cc.debuginfo.lines import FunctionRange, Lines
from toolchain.cc.debuginfo.scopes import Definitions
from toolchain.cc.ir import ir
from toolchain.cc.ir.ir import CallInfo, DataObject, Function, GlobalSymbol
from toolchain.cc.ir.printer import print_function
from toolchain.cc.ir.verifier import verify
from toolchain.cc.lower.function import lower_function
from toolchain.cc.lower.module import Module, type_quals
from toolchain.cc.opt import callgraph
from toolchain.cc.opt.context import OptContext
from toolchain.cc.opt.pipeline import Optimizer
from toolchain.cc.options import CompileOptions
from toolchain.cc.parse.ast import S_EXTERN, S_REGISTER, S_STATIC, S_TYPEDEF, FunctionDef, Symbol
from toolchain.cc.parse.unit import ParsedUnit, parse_unit
from toolchain.cc.preprocess.files import FileCache
from toolchain.cc.preprocess.options import PreprocessOptions
from toolchain.cc.preprocess.preprocessor import Preprocessor
from toolchain.cc.targets import Target, back, create, isa
from toolchain.cc.types import CONST
from toolchain.cc.unit_data import DataEmitter
from toolchain.context import ToolContext
from toolchain.diagnostics import Diagnostics, ToolError
from toolchain.elf.constants import SHF_MERGE, SHF_STRINGS, SHT_PROGBITS
from toolchain.elf.writer import write_object
from toolchain.mc.model.expr import MCSymbol, SectionSpec, symbol_ref
from toolchain.mc.model.isa import Isa
from toolchain.mc.model.streamer import Streamer
from toolchain.mc.streamer import ObjectStreamer

IDENT = "tcc-py"
"""What `.ident` says, unless -fno-ident."""


COLLECT_AFTER = 600000
"""The garbage collector's first threshold: a compilation makes many objects that live to its end."""
PRODUCER: Final = "GNU C17 12.2.0 (tcc-py)"
"""How DW_AT_producer begins; what reads it knows this form."""
UNRECORDED: Final = ("-ffile-prefix-map=", "-fdebug-prefix-map=", "-fmacro-prefix-map=", "-frandom-seed=", "-fdiagnostics-", "-fdump-", "-fverify-ir",
                     "-fno-verify-ir", "-flazy", "-fno-lazy", "-fopt-", "-fsyntax-only", "-fmax-errors=", "-fpreprocessed", "-frecord-gcc-switches",
                     "-fno-record-gcc-switches", "-grecord-gcc-switches", "-gno-record-gcc-switches")
"""Options that say nothing of the code, or name places of the machine it was made on."""


def producer(options: CompileOptions, switches: bool) -> str:
    """Who made the code, and with which options if `switches` (as gcc: -O, -f, -g, -m, -std)."""
    if not switches:
        return PRODUCER
    words = [w for w in options.command_line if w.startswith(("-O", "-f", "-g", "-m", "-std=")) and not w.startswith(UNRECORDED)]
    return " ".join([PRODUCER, *words])


class TranslationUnit:
    """The state of one compilation; see the module's docstring."""

    def __init__(self, source: str, options: CompileOptions, target: Target, diagnostics: Diagnostics) -> None:
        self.source = source
        self.options = options
        self.target = target
        self.diagnostics = diagnostics
        self.files: ToolContext | None = None
        self.module = Module(options, target, diagnostics)
        self.context = OptContext(options, diagnostics.locations)
        self.context.word_bits = target.layout.pointer_size * 8
        self.context.strict_align = not target.layout.unaligned_ok
        self.context.has_select = back(target).has_select
        self.optimizer = Optimizer(self.context)
        self.functions: dict[str, Function] = {}
        """Lowered functions by assembler name."""
        self.parser: ParsedUnit | None = None
        self.roots: list[Symbol] = []
        self.directory = "/"
        self.dump: Callable[[str], None] | None = None
        if options.dump_ir:
            self.optimizer.dump = self._dump

    def dispose(self) -> None:
        """Take apart what refers to itself in circles, once the unit is done: a resident process would wait for the garbage
        collector to find it, which takes a fifth as long as compiling."""
        for f in self.functions.values():
            f.dispose()
            f.symbol.function = None
        self.functions = {}
        if self.parser is not None:
            self.parser.dispose()

    # ------------------------------------------------------------ front end
    def parse(self, preprocessor: Preprocessor, data: bytes | None) -> bool:
        """Preprocess and parse; False if there were errors."""
        unit = preprocessor.run_path(self.source, data)
        self.parser = parse_unit(unit, self.options, self.target, self.diagnostics)
        return self.diagnostics.errors == 0

    def environment_symbols(self) -> list[Symbol]:
        """File-scope objects and functions that the parser has seen so far."""
        assert self.parser is not None
        return self.parser.environment.symbols

    def body(self, symbol: Symbol) -> FunctionDef | None:
        """The definition of a function, parsed now if it was not."""
        assert self.parser is not None
        return self.parser.environment.body(symbol)

    def is_root(self, s: Symbol) -> bool:
        """Whether a symbol must be in the object file even if nothing mentions it."""
        a = s.attrs
        if s.storage == S_TYPEDEF or s.storage == S_REGISTER:
            return False
        if a.alias or a.ifunc:
            return s.storage == S_EXTERN or a.used
        if not self.module.is_defined(s):
            return False
        if a.used or a.retain or a.constructor >= 0 or a.destructor >= 0:
            return True
        if s.is_function and not s.defined:
            return False
        return s.storage == S_EXTERN or self.is_kept(s)

    def is_kept(self, s: Symbol) -> bool:
        """Whether an option keeps a static object or function that nothing mentions (gcc's manual, -fkeep-*, -fno-toplevel-reorder)."""
        o = self.options
        if s.storage != S_STATIC:
            return False
        if s.is_function:
            return o.flag("keep-static-functions", False) or s.is_inline and o.flag("keep-inline-functions", False)
        return not o.flag("toplevel-reorder", True) or o.flag("keep-static-consts", False) and not o.optimize and bool(type_quals(s.ty) & CONST)

    # -------------------------------------------------------------- phase 1
    def phase1(self) -> None:
        """Lower all that the roots may need, optimise bottom-up, inline."""
        self.roots = sorted([s for s in self.environment_symbols() if self.is_root(s)], key=_symbol_order)
        work: list[Symbol] = list(reversed(self.roots))
        seen: set[str] = set()
        order: list[Function] = []
        while work:
            s = work.pop()
            g = self.module.symbol(s)
            if g.name in seen:
                continue
            seen.add(g.name)
            mentioned: list[GlobalSymbol] = []
            if s.is_function:
                for f in self.lower(s):
                    order.append(f)
                    mentioned.extend(m for m, _ in callgraph.references(f))
                for local in self.used_locals(s):
                    self.roots.append(local)
                    mentioned.append(self.module.symbol(local))
                if g.alias_of is not None:
                    mentioned.append(g.alias_of)
            elif self.module.is_defined(s) and not s.attrs.alias:
                mentioned.extend(r[2] for r in self.module.object_for(s).relocations)
            elif g.alias_of is not None:
                mentioned.append(g.alias_of)
            for m in reversed(mentioned):
                for t in self.targets_of(m, seen):
                    work.append(t)
        if not self.diagnostics.errors:
            self.optimizer.inline_all(order, self.address_mentions())

    def used_locals(self, s: Symbol) -> list[Symbol]:
        """The static locals with attribute used of a function (a definition's nested ones are definitions of their own)."""
        definition = self.body(s)
        return [v for v in definition.statics if v.attrs.used or v.attrs.retain] if definition is not None else []

    def check(self) -> None:
        """-fsyntax-only: the bodies that wait and that anything parsed mentions are parsed, static data are laid out (their
        initialisers may turn out not to be constants), and nothing is lowered, as in gcc."""
        assert self.parser is not None
        environment = self.parser.environment
        for s in [s for s in environment.symbols if s.attrs.alias or s.attrs.ifunc]:
            target = environment.lookup(s.attrs.alias or s.attrs.ifunc)
            if target is not None:
                environment.body(target)
        waiting = True
        while waiting:
            mentioned = [s for s in environment.pending if s.used or s.address_taken or self.is_root(s)]
            for s in mentioned:
                environment.body(s)
            waiting = len(mentioned) > 0
        for s in environment.symbols:
            for data in s.function.statics if s.function is not None else [] if s.is_function else [s]:
                if data.init is not None:
                    self.module.object_for(data)

    def targets_of(self, g: GlobalSymbol, seen: set[str]) -> list[Symbol]:
        """Symbols of this unit behind a mentioned name; a nameless object's own mentions instead of itself."""
        if g.name in seen:
            return []
        s = self.module.symbol_of.get(g.name)
        if s is None and g.name not in self.module.data:
            s = self.late_symbol(g)
        if s is not None:
            return [s]
        if g.is_function:
            return []           # a routine that generated code calls: the unit may define it further down
        seen.add(g.name)
        o = self.module.data.get(g.name)
        out: list[Symbol] = []
        if o is not None:
            for _, _, target, _ in o.relocations:
                out.extend(self.targets_of(target, seen))
        return out

    def late_symbol(self, g: GlobalSymbol) -> Symbol | None:
        """A symbol that only an alias names, looked up by its C name."""
        assert self.parser is not None
        if g.name.startswith(".") or g.is_function:
            return None
        s = self.parser.environment.lookup(g.name)
        if s is None or s.storage not in (S_EXTERN, S_STATIC):
            return None
        return s if self.module.symbol(s) is g else None

    def address_mentions(self) -> set[str]:
        """Names that data mention."""
        out: set[str] = set()
        for o in self.module.data.values():
            for _, _, target, _ in o.relocations:
                out.add(target.name)
        for s in self.roots:
            out.add(self.module.symbol(s).name)
        return out

    def lower(self, s: Symbol) -> list[Function]:
        """SSA of a function of this unit, with its nested ones, after the early passes."""
        g = self.module.symbol(s)
        if g.name in self.functions:
            return []
        definition = self.body(s)
        if definition is None or definition.outer is not None or self.diagnostics.errors:
            return []
        made = lower_function(self.module, definition)
        for f in made:
            f.symbol.function = f
            f.symbol.defined = f.symbol.defined or f is not made[0]
            self.functions[f.symbol.name] = f
            if self.options.verify_ir:
                verify(f)
            self._dump(f, "lower")
            if not self.diagnostics.errors:
                self.optimizer.early(f)
        return made

    def _dump(self, f: Function, name: str) -> None:
        wanted = self.options.dump_ir
        if wanted and self.dump is not None and wanted in ("all", name):
            self.dump(f"; {f.name} after {name}\n{print_function(f)}\n")

    def reserve_registers(self) -> None:
        """Take the registers of global register variables from all functions."""
        target = back(self.target)
        for s in self.environment_symbols():
            if s.storage == S_REGISTER and s.asm_name:
                register = target.asm_register(s.asm_name)
                if register >= 0:
                    target.reserve_global(register)

    # -------------------------------------------------------------- phase 2
    def phase2(self) -> tuple[list[Function], list[DataObject], list[Symbol]]:
        """What goes into the object: functions after their late passes, data, aliases; each in source order."""
        functions: list[Function] = []
        data: list[DataObject] = []
        aliases: list[Symbol] = []
        seen: set[str] = set()
        work: list[GlobalSymbol] = [self.module.symbol(s) for s in reversed(self.roots)]
        while work:
            g = work.pop()
            if g.name in seen:
                continue
            seen.add(g.name)
            g.referenced = True
            symbol = self.module.symbol_of.get(g.name)
            if symbol is not None and (symbol.attrs.alias or symbol.attrs.ifunc):
                aliases.append(symbol)
                work.append(self.module.named(symbol.attrs.alias or symbol.attrs.ifunc))
                continue
            f = self.functions.get(g.name)
            if f is not None:
                if g.defined:
                    functions.append(f)
                    self.optimizer.phase2(f)
                    self.check_attributes(f)
                    work.extend(m for m, _ in reversed(callgraph.references(f)))
                continue
            o = self.module.data.get(g.name)
            if o is None and symbol is not None and not symbol.is_function and self.module.is_defined(symbol):
                o = self.module.object_for(symbol)
            if o is not None:
                data.append(o)
                work.extend(r[2] for r in reversed(o.relocations))
        functions.sort(key=_function_order)
        place = {name: n for n, name in enumerate(self.module.data)}
        data.sort(key=lambda o: (o.order, place[o.symbol.name]))
        aliases.sort(key=_symbol_order)
        return functions, data, aliases

    def check_attributes(self, f: Function) -> None:
        """Calls that are still there to functions with attribute error or warning."""
        for b in f.blocks:
            for i in b.instrs:
                if i.op == ir.INTRINSIC and isinstance(i.aux, ir.Intrinsic) and i.aux.name.startswith("va_arg_pack"):
                    self.diagnostics.error(i.loc, f"invalid use of '__builtin_{i.aux.name} ()'")
                if i.op != ir.CALL or i.a.op != ir.GLOBAL:
                    continue
                g = cast(GlobalSymbol, i.a.aux)
                if g.error_message:
                    self.diagnostics.error(i.loc, f"call to '{g.name}' declared with attribute error: {g.error_message}")
                elif g.warning_message:
                    self.diagnostics.warning(i.loc, f"call to '{g.name}' declared with attribute warning: {g.warning_message}",
                                             "attribute-warning")
                elif isinstance(i.aux, CallInfo) and i.aux.always_inline and g.function is None and g.local:
                    self.diagnostics.error(i.loc, f"inlining failed in call to 'always_inline' '{g.name}'")

    # ------------------------------------------------------------- emission
    def emit(self, streamer: Streamer) -> None:
        """Everything, into `streamer`."""
        functions, data, aliases = self.phase2()
        if self.diagnostics.errors:
            return
        feeder = assembler.Assembler(streamer.isa, streamer, self.diagnostics, self.files) if isinstance(streamer, ObjectStreamer) else None
        lines: Lines | None = None
        if self.options.debug:
            lines = Lines(streamer, self.diagnostics, self.source, self.directory, self.options.prefix_map, self.options.dwarf_version,
                          UnitDefinitions(self.module))
        state = UnitState(streamer, self.options, self.target.layout, self.diagnostics, feeder, lines)
        streamer.file_symbol(self.source.rsplit("/", 1)[-1])
        directive = back(self.target).start_directive
        if directive:
            streamer.option(directive, [], 0)
        emitter = DataEmitter(state, self.options, back(self.target).far_section_flag)
        self.file_asm(state)
        self.reserve_registers()
        for f in functions:
            try:
                compile_function(f, back(self.target), state)
            except ToolError as e:
                self.diagnostics.error(e.loc or f.loc, e.message)
        for o in data:
            symbol = self.module.symbol_of.get(o.symbol.name)
            emitter.emit(o, symbol is not None and symbol.attrs.retain)
        here = {f.name for f in functions} | {o.symbol.name for o in data} | {self.module.symbol(s).name for s in aliases}
        for s in aliases:
            target = self.module.named(s.attrs.alias or s.attrs.ifunc)
            if target.name not in here:
                self.diagnostics.error(s.loc, f"'{s.name}' aliased to undefined symbol '{target.name}'")
                continue
            emitter.alias(s, self.module.symbol(s), target, s.loc)
        self.symbol_versions(state, here)
        back(self.target).finish_unit(streamer)
        self.lost_labels(streamer)
        self.tables(emitter)
        if lines is not None:
            self.debug_information(streamer, lines, functions, data)
        if self.options.flag("record-gcc-switches", False):
            streamer.section(SectionSpec(".GCC.command.line", SHT_PROGBITS, SHF_MERGE | SHF_STRINGS, 1))
            streamer.data(producer(self.options, True).encode("utf-8", "surrogateescape") + b"\0")
        if self.options.ident and self.options.flag("ident", True):
            streamer.ident(IDENT)
        emitter.stack_note(self.module.executable_stack)

    def debug_information(self, streamer: Streamer, lines: Lines, functions: list[Function], data: list[DataObject]) -> None:
        """.debug_info of what has been emitted."""
        layout = self.target.layout
        ranges = {r.name: r for r in lines.functions}
        described: list[tuple[Symbol, FunctionDef | None, FunctionRange]] = []
        for f in functions:
            s = self.module.symbol_of.get(f.name)
            if s is not None and f.name in ranges:
                described.append((s, s.function, ranges[f.name]))
        variables: list[tuple[Symbol, MCSymbol]] = []
        for o in data:
            s = self.module.symbol_of.get(o.symbol.name)
            if s is not None and s.name:
                variables.append((s, streamer.symbol(o.symbol.name)))
        info = UnitInfo(streamer, lines, layout.pointer_size, layout.char_signed, self.options.std, isa(self.target, self.options).thread_offset[0],
                        producer(self.options, self.options.flag("debug-records-switches", True)))
        info.write(described, variables)

    def symbol_versions(self, state: UnitState, here: set[str]) -> None:
        """Versioned names (attribute symver) of what is defined here."""
        assert self.parser is not None
        for s in sorted([s for s in self.environment_symbols() if s.attrs.symver], key=_symbol_order):
            name = self.module.symbol(s).name
            for version in s.attrs.symver.split() if name in here else ():
                line = f"\t.symver {name}, {version}"
                if state.assembler is not None:
                    state.assembler.feed(line + "\n", s.loc)
                state.streamer.raw_text(line)

    def lost_labels(self, streamer: Streamer) -> None:
        """Labels that data mention but whose code is gone: they become their function's address."""
        for label, name in self.module.labels.items():
            m = streamer.symbol(name)
            if m.section == -1 and m.value is None and label.function is not None:
                owner = self.module.symbol(label.function.symbol)
                if owner.referenced and owner.name in self.functions:
                    streamer.assign(m, symbol_ref(streamer.symbol(owner.name)), label.loc)

    def file_asm(self, state: UnitState) -> None:
        """Assembly at file scope comes before all code, as gcc has it."""
        assert self.parser is not None
        for _, s in self.parser.file_asm:
            if state.assembler is not None:
                state.assembler.feed(s.template + "\n", s.loc)
            state.streamer.raw_text(s.template)

    def tables(self, emitter: DataEmitter) -> None:
        """Constructors and destructors."""
        size = self.target.layout.pointer_size
        for s in self.roots:
            if s.is_function and s.attrs.constructor >= 0:
                emitter.constructor(s.attrs.constructor, self.module.symbol(s), size, s.loc)
            if s.is_function and s.attrs.destructor >= 0:
                emitter.destructor(s.attrs.destructor, self.module.symbol(s), size, s.loc)


class UnitDefinitions(Definitions):
    """The unit's functions, for debug information."""

    def __init__(self, module: Module) -> None:
        self.module = module

    def definition(self, name: str) -> FunctionDef | None:
        """See `Definitions`."""
        s = self.module.symbol_of.get(name)
        return s.function if s is not None else None


def _function_order(f: Function) -> int:
    return f.order


def _symbol_order(s: Symbol) -> int:
    return s.order


def compile_with(path: str, data: bytes | None, preprocess: PreprocessOptions, options: CompileOptions, target: Target,
                 make_streamer: Callable[[], Streamer] | None, files: ToolContext, diagnostics: Diagnostics, cache: FileCache,
                 dump: Callable[[str], None] | None = None) -> tuple[Streamer | None, Preprocessor] | None:
    """Compile into the streamer that `make_streamer` gives (None: check only).  None if there were errors."""
    unit = TranslationUnit(path, options, target, diagnostics)
    unit.dump = dump
    unit.directory = preprocess.cwd
    unit.files = files
    preprocessor = Preprocessor(preprocess, diagnostics, cache)
    if not unit.parse(preprocessor, data):
        return None
    streamer: Streamer | None = None
    if make_streamer is None:
        unit.check()
    else:
        unit.phase1()
        if diagnostics.errors:
            return None
        streamer = make_streamer()
        unit.emit(streamer)
        limit = options.opt_bisect_limit
        if limit >= 0:
            steps = unit.context.passes_run
            diagnostics.stream.write(f"opt-bisect: step {min(limit, steps)} of {steps}: {unit.context.last_step or 'none'}\n")
    unit.dispose()
    return None if diagnostics.errors else (streamer, preprocessor)


def compile_unit(path: str, data: bytes | None, preprocess: PreprocessOptions, options: CompileOptions, triple: str, phase: str,
                 files: ToolContext, diagnostics: Diagnostics, cache: FileCache) -> tuple[bytes, Preprocessor] | None:
    """Compile `path` (or `data` under that name).

    `phase` is "object", "assembly" or "syntax" (check only: the bytes are empty); `files` reads what inline assembly includes.
    None if there were errors, which have been reported to `diagnostics`.  Raises ToolError for options that the target does not understand and
    TooManyErrors after a fatal error."""
    if gc.get_threshold()[0] < COLLECT_AFTER:
        gc.set_threshold(COLLECT_AFTER, 20, 100)
    target = create(triple, options)
    machine = isa(target, options)
    make: Callable[[], Streamer] | None = None
    if phase == "object":
        make = _Maker(machine, diagnostics, False).make
    elif phase == "assembly":
        make = _Maker(machine, diagnostics, True).make
    result = compile_with(path, data, preprocess, options, target, make, files, diagnostics, cache)
    if result is None:
        return None
    streamer, preprocessor = result
    out = b""
    if phase == "assembly":
        out = cast(TextOut, streamer).text().encode("utf-8", "surrogateescape")
    elif streamer is not None:
        image = streamer.finish()
        if diagnostics.errors:
            return None
        out = write_object(image)
    return out, preprocessor


class TextOut(Streamer, Protocol):
    """The streamer of -S."""

    def text(self) -> str:
        """The assembly text."""


class TextModule(Protocol):
    """`toolchain.mc.text`, loaded only for -S."""

    def TextStreamer(self, machine: Isa, diagnostics: Diagnostics) -> TextOut:
        """A streamer that prints."""


class _Maker:
    """Makes the streamer when it is known that there is something to emit."""

    def __init__(self, machine: Isa, diagnostics: Diagnostics, text: bool) -> None:
        self.machine = machine
        self.diagnostics = diagnostics
        self.text = text

    def make(self) -> Streamer:
        """The streamer for text or an object."""
        if self.text:
            try:
                module = importlib.import_module("toolchain.mc.text")
            except ModuleNotFoundError as e:
                raise ToolError("-S: this build has no text streamer") from e
            return cast(TextModule, module).TextStreamer(self.machine, self.diagnostics)
        return ObjectStreamer(self.machine, self.diagnostics)
