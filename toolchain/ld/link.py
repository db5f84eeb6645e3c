"""The linker, as a list of passes over one `Link`.

Read `link` from top to bottom: each step is one call, with what holds after it.
"""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.elf.constants import PT_LOAD, SHF_ALLOC, SHF_LINK_ORDER, SHF_TLS, STB_GLOBAL, STB_GNU_UNIQUE, STV_DEFAULT, STV_PROTECTED
from toolchain.elf.writer import write_object
from toolchain.ld import dynamic, dynamic_contents, ehframe, exports
from toolchain.ld.commons import allocate_commons
from toolchain.ld.crossrefs import check_cross_references
from toolchain.ld.defaults import default_script
from toolchain.ld.dso import check_shared
from toolchain.ld.gc import collect_garbage
from toolchain.ld.inputs import Loader, load_relocations
from toolchain.ld.layout import Layout, define_script_symbols, define_start_stop, mark_removed
from toolchain.ld.mapfile import write_cross_reference, write_map
from toolchain.ld.merge import merge_sections
from toolchain.ld.model import ABSOLUTE_SECTION, DEFINED, UNDEFINED, InputSection, LinkSymbol
from toolchain.ld.options import FILE, InputItem
from toolchain.ld.output import Image, flat_binary
from toolchain.ld.place import define_output_flags, place_sections
from toolchain.ld.relocatable import RelocatableWriter
from toolchain.ld.script import parse_defsym, parse_script
from toolchain.ld.segments import FileLayout, SegmentMaker
from toolchain.ld.state import Link
from toolchain.ld.symbols import place_text
from toolchain.ld.syntax import InputSpec, OutputDescription, Script
from toolchain.ld.warnings import segment_warning, stack_warning, symbol_warnings, trace_symbols

_MAX_RELAX: Final = 30


def link(state: Link) -> bytes | bytearray:
    """Link; returns the bytes of the output file.  Raises ToolError; errors have then been printed."""
    loader = Loader(state)
    read_scripts(state, loader)
    add_command_line_symbols(state)
    loader.run(state.options.items)
    if not state.files and not state.options.items:
        raise ToolError("no input files")
    # no new symbols of input files beyond this point
    if state.options.no_gnu_unique:
        for s in state.symbols.values():
            if s.binding == STB_GNU_UNIQUE:
                s.binding = STB_GLOBAL
    if not state.options.allow_shlib_undefined:
        check_shared(state, loader.search_path())
    trace_symbols(state)
    stack_warning(state)
    exports.decide_kind(state)
    define_script_symbols(state)
    load_relocations(state)
    state.check()
    if state.options.gc_sections:
        collect_garbage(state)
    state.target.merge_special(state)
    allocate_commons(state)
    dynamic.create_sections(state)
    place_sections(state)
    load_relocations(state)
    # every live section knows its output section now
    if not state.options.relocatable:
        define_start_stop(state)
        ehframe.merge_frames(state)
        merge_sections(state)
        dynamic.scan_relocations(state)
        report_undefined(state)
        check_cross_references(state)
        symbol_warnings(state)
    state.check()
    dynamic.size_sections(state)
    define_output_flags(state)
    mark_removed(state)
    align_tls(state)
    layout = Layout(state)
    lay_out(state, layout)
    relax(state, layout)
    layout.finish()
    state.check()
    # addresses are final
    for i, out in enumerate(layout.order):
        out.index = i + 1
    if state.options.relocatable:
        data: bytes | bytearray = write_object(RelocatableWriter(state, layout.order).run())
    else:
        data = write_image(state, layout)
    state.check()
    if state.options.map_file or state.options.print_map:
        write_map(state, layout.order)
    if state.options.cref:
        write_cross_reference(state)
    return data


def read_scripts(state: Link, loader: Loader) -> None:
    """The layout: -T, or the built-in script; then what it commands."""
    options = state.options
    locations = state.diagnostics.locations
    name = options.script or options.default_script
    script: Script | None = None
    if name:
        text = loader.include(name)
        script = parse_script(name, text, locations, loader.include)
    if script is None or not script.has_sections or script.has_insert:
        text = default_script(state.target, options)
        state.script = parse_script("built-in script", text, locations, loader.include)
        if script is not None:
            state.extra_scripts.append(script)
            state.script.entry = script.entry or state.script.entry
            state.script.search += script.search
            state.script.phdrs = script.phdrs
            state.script.has_phdrs = script.has_phdrs
            state.script.regions = script.regions
            state.script.externs += script.externs
    else:
        state.script = script
        state.script_is_default = False
    from_user = script if script is not None else state.script
    state.phdrs = state.script.phdrs
    if from_user.output and options.output == "a.out":
        options.output = from_user.output
    check_formats(state, from_user)
    for region in state.script.regions:
        state.regions[region.name] = region
    for defsym in options.defsyms:
        state.script.statements.insert(0, parse_defsym(defsym, locations, loader.include))
    for command in from_user.inputs:
        item = InputItem(FILE, command.name)
        item.as_needed = command.as_needed
        loader.script_input(name, item)


def check_formats(state: Link, script: Script) -> None:
    """OUTPUT_FORMAT and OUTPUT_ARCH must be this target's."""
    target = state.target
    for name in script.output_formats[:1]:
        if name == "binary":
            state.options.oformat = "binary"
        elif name not in target.formats:
            raise ToolError(f"{script.name}: invalid BFD target `{name}'" if not name.startswith("elf") else
                            f"{script.name}: output format {name} is not that of the emulation ({target.formats[0]})")
    if script.output_arch and script.output_arch not in target.arches:
        raise ToolError(f"{script.name}: cannot represent machine `{script.output_arch}'")


def add_command_line_symbols(state: Link) -> None:
    """-u, -e, --require-defined, EXTERN: undefined symbols to begin with."""
    options = state.options
    names = [*options.undefined, *options.require_defined, *state.script.externs]
    for name in names:
        s = state.symbol(name)
        s.in_regular = True
        s.binding = 1
        state.undefined[name] = None
    entry = options.entry or state.script.entry
    if options.entry_given and entry and not entry[0].isdigit():
        s = state.symbol(entry)
        s.binding = 1
        state.undefined[entry] = None


def report_undefined(state: Link) -> None:
    """Undefined references of live sections, each at its place, as GNU ld words it."""
    options = state.options
    if options.relocatable:
        return
    for name in options.require_defined:
        s = state.symbols.get(name)
        if s is None or not s.is_defined:
            state.error(f"required symbol `{name}' not defined")
    if options.shared and not options.no_undefined and options.unresolved != "report-all":
        hidden_only = True      # others may be defined by whoever loads the output
    else:
        hidden_only = False
    if options.unresolved in ("ignore-all", "ignore-in-object-files"):
        return
    suspects = {s for s in state.symbols.values()
                if s.state == UNDEFINED and s.in_regular and not s.weak and (not hidden_only or s.visibility not in (STV_DEFAULT, STV_PROTECTED))}
    if not suspects:
        return
    context: list[str] = []
    counts: dict[str, int] = {}
    by_file: dict[int, set[int]] = {}
    for section in state.sections:
        relocs = section.relocations
        if relocs is None or not section.alive or (section.output is None and not section.synthetic):
            continue
        key = id(section.file)
        numbers = by_file.get(key)
        if numbers is None:
            numbers = {i for i, s in enumerate(section.file.symbols) if s in suspects and not s.is_local}
            by_file[key] = numbers
        if not numbers or numbers.isdisjoint(relocs.symbols):
            continue
        for offset, index, kind in zip(relocs.offsets, relocs.symbols, relocs.types):
            if index in numbers and kind:
                undefined_reference(state, section.file.symbols[index], place_text(state, section.file, section, offset, context), counts)


def undefined_reference(state: Link, s: LinkSymbol, where: str, counts: dict[str, int]) -> None:
    """One message; after five about a symbol, one last that says there are more."""
    count = counts.get(s.name, 0)
    if count and state.options.warn_once and state.options.warn_unresolved:
        return
    counts[s.name] = count + 1
    text = f"{where}: undefined reference to `{s.name}'"
    if count > 5:
        return
    if count == 5:
        text = f"{where}: more undefined references to `{s.name}' follow"
    if state.options.warn_unresolved:
        state.context.stderr.write(text.replace("undefined reference", "warning: undefined reference") + "\n")
    else:
        state.raw_error(text)


def align_tls(state: Link) -> None:
    """The TLS segment begins as aligned as the most aligned of its sections: offsets from the thread pointer assume it."""
    parts = [d.output for d in state.script.statements if isinstance(d, OutputDescription) and d.output is not None
             and d.output.flags & SHF_TLS and not d.output.removed]
    if parts:
        parts[0].align = max(max([o.align, *[s.align for s in o.inputs]]) for o in parts)


def set_region_values(state: Link, layout: Layout) -> None:
    """ORIGIN and LENGTH of memory regions."""
    for region in state.regions.values():
        assert region.origin_expr is not None and region.length_expr is not None
        region.origin = layout.evaluator.evaluate(region.origin_expr)
        region.length = layout.evaluator.evaluate(region.length_expr)


def set_section_starts(state: Link, layout: Layout) -> None:
    """-Ttext, --section-start, -Ttext-segment."""
    ev = layout.evaluator
    for name, address in state.options.section_starts:
        ev.segment_starts["section " + name] = address
    if state.options.image_base is not None:
        ev.segment_starts["text-segment"] = state.options.image_base


def lay_out(state: Link, layout: Layout) -> None:
    """Addresses, with room for as many program headers as there turn out to be."""
    set_section_starts(state, layout)
    set_region_values(state, layout)
    layout.evaluator.relro_wanted = dynamic.wants_relro(state)
    for attempt in range(6):
        layout.run()
        if attempt == 0 and sort_linked_sections(state):
            layout.run()
        state.segments = SegmentMaker(state, layout.order, layout.evaluator).run()
        grown = not state.options.relocatable and dynamic.pack_relative(state)
        if len(state.segments) <= state.header_count and not grown:
            break
        state.header_count = max(state.header_count, len(state.segments))
    update_tls(state, layout)


def sort_linked_sections(state: Link) -> bool:
    """SHF_LINK_ORDER: put sections into the order of the sections they describe; whether any moved."""
    moved = False
    for d in state.script.statements:
        if not isinstance(d, OutputDescription) or d.output is None or not any(s.flags & SHF_LINK_ORDER for s in d.output.inputs):
            continue
        for statement in d.statements:
            if isinstance(statement, InputSpec) and len(statement.matched) > 1:
                keyed = sorted(statement.matched, key=linked_address)
                moved = moved or keyed != statement.matched
                statement.matched = keyed
        d.output.inputs.sort(key=linked_address)
    return moved


def linked_address(section: InputSection) -> tuple[int, int]:
    """Where the section that this one describes is."""
    sections = section.file.sections
    target = sections[section.link] if section.flags & SHF_LINK_ORDER and 0 < section.link < len(sections) else None
    return (target.address if target is not None and target.alive else 0, section.sequence)


def update_tls(state: Link, layout: Layout) -> None:
    """Where the TLS segment starts, how large and how aligned it is."""
    parts = [o for o in layout.order if o.flags & SHF_TLS and o.flags & SHF_ALLOC and not o.removed]
    if not parts:
        return
    state.tls_known = True
    state.tls_start = parts[0].address
    state.tls_align = max(o.align for o in parts)
    end = max(o.address + o.size for o in parts)
    state.tls_size = end - state.tls_start


def relax(state: Link, layout: Layout) -> None:
    """Let the target shorten code until nothing changes any more."""
    if state.options.relocatable:
        return
    if not state.target.can_relax or not state.target.prepare_relax(state):
        return
    for _ in range(_MAX_RELAX):
        if not state.target.relax(state):
            break
        layout.run()
        update_tls(state, layout)
    while dynamic.pack_relative(state):
        layout.run()


def write_image(state: Link, layout: Layout) -> bytes | bytearray:
    """The executable or shared object."""
    state.segments = SegmentMaker(state, layout.order, layout.evaluator).run()
    state.header_count = len(state.segments)
    end = FileLayout(state, layout.order).run()
    segment_warning(state)
    set_header_symbol(state, layout)
    find_entry(state)
    dynamic_contents.fill_sections(state, layout.order)
    image = Image(state, layout.order, end)
    image.contents()
    image.relocate()
    state.check()
    dynamic_contents.fill_late_sections(state, image.bytes)
    if state.options.compress_debug.startswith("zlib"):
        image.compress_debug()
    data = image.finish()
    if state.options.oformat == "binary":
        return flat_binary(state, layout.order, data)
    return data


def set_header_symbol(state: Link, layout: Layout) -> None:
    """`__ehdr_start`: where the ELF header is in memory."""
    s = state.symbols.get("__ehdr_start")
    if s is None or s.file is not state.own or not layout.order:
        return
    first = next((o for o in layout.order if o.is_alloc), None)
    for segment in state.segments:
        if first is not None and segment.kind == PT_LOAD and segment.includes_file_header:
            s.section = first.anchor
            s.value = segment.address - first.address
            return
    s.section = ABSOLUTE_SECTION
    s.value = 0


def find_entry(state: Link) -> None:
    """-e, ENTRY, or the start of .text, with a warning, as GNU ld does."""
    options = state.options
    name = options.entry or state.script.entry
    s = state.symbols.get(name) if name else None
    if s is not None and s.state == DEFINED:
        state.entry_address = s.address
        return
    if name and name[0].isdigit():
        try:
            state.entry_address = int(name, 0)
            return
        except ValueError:
            pass
    text = state.output_names.get(".text")
    if text is not None and not text.removed and not options.shared:
        state.entry_address = text.address
        if name:
            state.warning(f"cannot find entry symbol {name}; defaulting to {text.address:016x}")
    elif not options.shared or options.entry_given:
        if name and (options.entry_given or not options.shared):
            state.warning(f"cannot find entry symbol {name}; not setting start address")


__all__ = ["link"]
