"""Program headers: which sections make which segment, and where everything lies in the file."""
from __future__ import annotations

from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.elf.constants import (
    PF_R,
    PF_W,
    PF_X,
    PT_DYNAMIC,
    PT_GNU_EH_FRAME,
    PT_GNU_PROPERTY,
    PT_GNU_RELRO,
    PT_GNU_STACK,
    PT_INTERP,
    PT_LOAD,
    PT_NOTE,
    PT_NULL,
    PT_PHDR,
    PT_SHLIB,
    PT_TLS,
    SHF_EXECINSTR,
    SHF_TLS,
    SHF_WRITE,
    SHT_NOBITS,
    SHT_NOTE,
)
from toolchain.ld.expressions import Evaluator, align_up
from toolchain.ld.model import OutputSection
from toolchain.ld.state import Link, OutputSegment
from toolchain.ld.syntax import OutputDescription, ProgramHeader

_TYPES: Final = {"PT_NULL": PT_NULL, "PT_LOAD": PT_LOAD, "PT_DYNAMIC": PT_DYNAMIC, "PT_INTERP": PT_INTERP, "PT_NOTE": PT_NOTE,
                 "PT_SHLIB": PT_SHLIB, "PT_PHDR": PT_PHDR, "PT_TLS": PT_TLS, "PT_GNU_EH_FRAME": PT_GNU_EH_FRAME,
                 "PT_GNU_STACK": PT_GNU_STACK, "PT_GNU_RELRO": PT_GNU_RELRO, "PT_GNU_PROPERTY": PT_GNU_PROPERTY}


def is_tbss(out: OutputSection) -> bool:
    """Zero-initialised TLS: no room in the file, none in the address space."""
    return bool(out.flags & SHF_TLS) and out.kind == SHT_NOBITS


def section_flags(out: OutputSection) -> int:
    """The p_flags a section asks for."""
    return PF_R | (PF_W if out.flags & SHF_WRITE else 0) | (PF_X if out.flags & SHF_EXECINSTR else 0)


class SegmentMaker:
    """Builds `link.segments` from the laid-out sections."""

    def __init__(self, link: Link, order: list[OutputSection], evaluator: Evaluator) -> None:
        self.link = link
        self.evaluator = evaluator
        self.alloc = [o for o in order if o.is_alloc]
        self.order = order
        self.paged = not (link.options.omagic or link.options.nmagic)
        self.page = link.target.max_page_size if self.paged else 1

    def run(self) -> list[OutputSegment]:
        """The segments in the order of the program header table."""
        if self.link.options.relocatable:
            return []
        if self.link.phdrs:
            return self.from_script()
        return self.automatic()

    # ---- PHDRS --------------------------------------------------------------------------------

    def from_script(self) -> list[OutputSegment]:
        """Segments as PHDRS says; a section without `:name` goes where the section before it went."""
        link = self.link
        segments: list[OutputSegment] = []
        by_name: dict[str, OutputSegment] = {}
        headers: dict[str, ProgramHeader] = {}
        for h in link.phdrs:
            kind = _TYPES.get(h.kind.name, -1) if h.kind.op == "name" else self.evaluator.evaluate(h.kind)
            if kind < 0:
                raise ToolError(f"unknown phdr type `{h.kind.name}'", h.loc)
            s = OutputSegment(kind, self.evaluator.evaluate(h.flags) if h.flags is not None else 0)
            s.name = h.name
            s.includes_file_header = h.filehdr
            s.includes_headers = h.phdrs
            if h.at is not None:
                s.load_address = self.evaluator.evaluate(h.at)
                s.explicit_load = True
            segments.append(s)
            by_name[h.name] = s
            headers[h.name] = h
        wanted = {d.output: d for d in link.script.statements if isinstance(d, OutputDescription) and d.output is not None}
        last: list[str] = []
        for out in self.alloc:
            d = wanted.get(out)
            if d is not None and d.phdrs:
                last = d.phdrs
            elif not last:
                last = [next((s.name for s in segments if s.kind == PT_LOAD), "")]
            for name in last:
                if name == "NONE":
                    continue
                if name not in by_name:
                    raise ToolError(f"section `{out.name}' assigned to non-existent phdr `{name}'", d.loc if d is not None else 0)
                by_name[name].sections.append(out)
        for s in segments:
            if headers[s.name].flags is None:
                for out in s.sections:
                    s.flags |= section_flags(out)
                if not s.flags:
                    s.flags = PF_R | PF_W if s.kind == PT_GNU_STACK else PF_R
        return segments

    # ---- without PHDRS ------------------------------------------------------------------------

    def automatic(self) -> list[OutputSegment]:
        """PT_LOADs by address and protection, then the special segments."""
        loads = self.loads()
        self.header_segment(loads)
        out: list[OutputSegment] = []
        link = self.link
        interp = self.named(".interp")
        if interp is not None:
            phdr = OutputSegment(PT_PHDR, PF_R)
            phdr.includes_headers = True
            out.append(phdr)
            out.append(self.single(PT_INTERP, interp))
        elif link.options.is_pic and link.is_dynamic and not link.options.shared and not link.options.no_dynamic_linker:
            pass
        out += loads
        dynamic = self.named(".dynamic")
        if dynamic is not None and link.is_dynamic:
            out.append(self.single(PT_DYNAMIC, dynamic))
        out += self.notes()
        tls = [o for o in self.alloc if o.flags & SHF_TLS]
        if tls:
            s = OutputSegment(PT_TLS, PF_R)
            s.sections = tls
            out.append(s)
        for name, kind in link.target.attribute_segments:
            attributes = next((o for o in self.order if o.name == name and not o.is_alloc), None)
            if attributes is not None:
                out.append(self.single(kind, attributes, PF_R))
        prop = self.named(".note.gnu.property")
        if prop is not None:
            out.append(self.single(PT_GNU_PROPERTY, prop))
        frame = self.named(".eh_frame_hdr")
        if frame is not None:
            out.append(self.single(PT_GNU_EH_FRAME, frame))
        stack = OutputSegment(PT_GNU_STACK, PF_R | PF_W | (PF_X if self.stack_executable() else 0))
        stack.align = 16
        stack.memory_size = link.options.stack_size
        out.append(stack)
        relro = self.relro()
        if relro is not None:
            out.append(relro)
        return out

    def header_segment(self, loads: list[OutputSegment]) -> None:
        """A PT_LOAD of the headers alone, where the built-in script has left them a page before the code.

        Programs find their own program headers in memory (AT_PHDR).
        """
        link = self.link
        if not loads or not link.script_is_default or self.page == 1:
            return
        form = link.form
        size = form.header_size + form.segment_size * max(link.header_count, len(loads) + 1)
        first = loads[0].sections[0]
        base = first.address - size
        if first.address % self.page >= size or base < 0 or not any(n == first.name for n in (".init", ".text", ".plt")):
            return
        s = OutputSegment(PT_LOAD, PF_R)
        s.includes_file_header = s.includes_headers = True
        s.address = s.load_address = base - base % self.page
        s.explicit_load = True
        loads.insert(0, s)

    def stack_executable(self) -> bool:
        """What PT_GNU_STACK says: the option, or what the objects ask for."""
        wish = self.link.options.exec_stack
        if wish is not None:
            return wish
        return self.link.stack_executable or bool(self.link.stack_missing)

    def named(self, name: str) -> OutputSection | None:
        """The allocated section of that name that is not empty."""
        for o in self.alloc:
            if o.name == name and o.size:
                return o
        return None

    def single(self, kind: int, out: OutputSection, flags: int = -1) -> OutputSegment:
        """A segment that covers one section."""
        s = OutputSegment(kind, section_flags(out) if flags < 0 else flags)
        s.sections = [out]
        return s

    def notes(self) -> list[OutputSegment]:
        """One PT_NOTE for each run of neighbouring notes of equal alignment."""
        segments: list[OutputSegment] = []
        last: OutputSection | None = None
        for o in self.alloc:
            if o.kind == SHT_NOTE and o.size:
                if last is not None and last.align == o.align and align_up(last.address + last.size, o.align) == o.address:
                    segments[-1].sections.append(o)
                else:
                    segments.append(self.single(PT_NOTE, o))
                last = o
            else:
                last = None
        return segments

    def loads(self) -> list[OutputSegment]:
        """Group sections: a new PT_LOAD where protection changes, pages are skipped, or the LMA jumps."""
        link = self.link
        page = self.page
        separate = self.separate_code()
        segments: list[OutputSegment] = []
        last: OutputSection | None = None
        for o in self.alloc:
            if is_tbss(o) or (not o.size and o.kind == SHT_NOBITS) or (not o.size and not o.inputs):
                continue
            new = last is None
            if last is not None:
                current = segments[-1]
                end = last.address + last.size
                writable = bool(current.flags & PF_W)
                if last.load_address - last.address != o.load_address - o.address or o.address < last.address:
                    new = True
                elif page > 1 and (end - 1) // page == o.address // page:
                    new = False      # two segments cannot share a page of memory
                elif page > 1 and align_up(end, page) < o.address - o.address % page:
                    new = True
                elif last.kind == SHT_NOBITS and o.kind != SHT_NOBITS:
                    new = True
                elif page <= 1:
                    new = link.options.nmagic and (o.flags ^ last.flags) & SHF_WRITE != 0
                elif separate and bool(current.flags & PF_X) != bool(o.flags & SHF_EXECINSTR):
                    new = True
                elif not writable and o.flags & SHF_WRITE:
                    new = (end - 1) // page != o.address // page if end else True
                    if self.relro_wanted():
                        new = True
            if new:
                segments.append(OutputSegment(PT_LOAD, PF_R))
            segments[-1].sections.append(o)
            segments[-1].flags |= section_flags(o)
            last = o
        if link.options.omagic:
            for s in segments:
                s.flags = PF_R | PF_W | PF_X
        return segments

    def separate_code(self) -> bool:
        """-z separate-code, or the target's default; only with the built-in layout."""
        wish = self.link.options.separate_code
        return self.link.target.separate_code if wish is None else wish

    def relro_wanted(self) -> bool:
        """Whether part of the data becomes read-only after relocation."""
        return self.evaluator.relro_wanted and self.evaluator.relro_end > self.evaluator.relro_start

    def relro(self) -> OutputSegment | None:
        """PT_GNU_RELRO: from DATA_SEGMENT_ALIGN to DATA_SEGMENT_RELRO_END."""
        ev = self.evaluator
        if not self.relro_wanted():
            return None
        s = OutputSegment(PT_GNU_RELRO, PF_R)
        s.sections = [o for o in self.alloc if ev.relro_start <= o.address < ev.relro_end and not is_tbss(o)
                      and o.address + o.size <= ev.relro_end and o.size]
        if not s.sections:
            return None
        s.memory_size = ev.relro_end - s.sections[0].address
        return s


class FileLayout:
    """Gives every section its file offset and every segment its numbers."""

    def __init__(self, link: Link, order: list[OutputSection]) -> None:
        self.link = link
        self.order = order
        self.form = link.form
        self.page = 1 if link.options.omagic or link.options.nmagic else link.target.max_page_size
        self.position = 0
        self.headers = 0

    def run(self) -> int:
        """Returns the offset behind the last section."""
        link = self.link
        form = self.form
        count = max(len(link.segments), link.header_count) if link.segments else 0
        self.headers = form.header_size + form.segment_size * count
        self.position = self.headers
        placed: set[OutputSection] = set()
        first = True
        for segment in link.segments:
            if segment.kind == PT_LOAD:
                self.load(segment, first, placed)
                first = False
        for out in self.order:
            if out in placed:
                continue
            if out.is_alloc and link.segments and (out.kind == SHT_NOBITS or not out.size):
                out.file_offset = self.position
                continue
            if out.is_alloc and link.segments and self.page > 1:
                self.position += (out.address - self.position) % max(out.align, 1)
            else:
                self.position = align_up(self.position, out.align)
            out.file_offset = self.position
            if out.kind != SHT_NOBITS:
                self.position += out.size
        for segment in link.segments:
            self.numbers(segment)
        return self.position

    def load(self, segment: OutputSegment, first: bool, placed: set[OutputSection]) -> None:
        """Offsets of one PT_LOAD: congruent to the addresses modulo the page size."""
        page = self.page
        sections = [s for s in segment.sections if s not in placed]
        if not sections:
            if segment.includes_file_header or segment.includes_headers:
                segment.offset = 0
            return
        start = sections[0]
        automatic = not self.link.phdrs
        if first and automatic:
            # the headers come along if there is room for them in the first page
            if page > 1 and start.address % page >= self.headers:
                segment.includes_file_header = segment.includes_headers = True
            elif page > 1 and start.address >= self.headers and start.address % page >= self.headers:
                segment.includes_file_header = segment.includes_headers = True
        if segment.includes_file_header or segment.includes_headers:
            self.position = self.headers
        if page > 1:
            self.position += (start.address - self.position) % page
        else:
            self.position = align_up(self.position, start.align)
        base = self.position
        if segment.includes_file_header and start.address - base < 0 and not automatic:
            raise ToolError("PHDRS and FILEHDR are not supported when prior PT_LOAD headers lack them" if not first else
                            f"{self.link.options.output}: could not find room for program headers: use SIZEOF_HEADERS")
        end_of_bits = base
        for out in sections:
            placed.add(out)
            if is_tbss(out):
                out.file_offset = self.position
                continue
            offset = base + (out.address - start.address)
            out.file_offset = offset if out.kind != SHT_NOBITS else max(end_of_bits, base)
            if out.kind != SHT_NOBITS:
                if offset < end_of_bits and out.size:
                    raise ToolError(f"section `{out.name}' can't be placed in its segment: addresses go back")
                if out.size:
                    end_of_bits = offset + out.size
        self.position = end_of_bits

    def numbers(self, segment: OutputSegment) -> None:
        """Offset, addresses and sizes of a segment from its sections."""
        form = self.form
        sections = segment.sections
        if segment.kind == PT_PHDR:
            self.phdr_numbers(segment)
            return
        if segment.kind == PT_GNU_STACK and not sections:
            return
        if not sections:
            if segment.includes_file_header or segment.includes_headers:
                segment.file_size = segment.memory_size = self.headers
                segment.align = self.page
            return
        first = sections[0]
        segment.offset = first.file_offset
        segment.address = first.address
        if not segment.explicit_load:
            segment.load_address = first.load_address
        if segment.includes_file_header or segment.includes_headers:
            begin = 0 if segment.includes_file_header else form.header_size
            shift = first.file_offset - begin
            segment.offset = begin
            segment.address -= shift
            if not segment.explicit_load:
                segment.load_address -= shift
        end_file = segment.offset
        end_memory = segment.address
        for out in sections:
            if segment.kind != PT_TLS and is_tbss(out):
                continue
            if out.kind != SHT_NOBITS and out.size:
                end_file = max(end_file, out.file_offset + out.size)
            end_memory = max(end_memory, out.address + out.size)
            segment.align = max(segment.align, out.align)
        if segment.kind == PT_LOAD:
            segment.align = max(self.page, segment.align if self.page == 1 else self.page)
        segment.file_size = end_file - segment.offset
        memory = end_memory - segment.address
        if segment.kind == PT_GNU_RELRO:
            segment.memory_size = max(segment.memory_size, memory)
            segment.file_size = min(segment.file_size, segment.memory_size)
            segment.align = 1
        elif not first.is_alloc:      # attributes: for readers of the file only
            segment.memory_size = 0
            segment.file_size = first.size
            segment.address = segment.load_address = 0
            segment.align = 1
        elif segment.kind == PT_TLS:
            segment.memory_size = align_up(memory, 1)
        else:
            segment.memory_size = memory
        if segment.kind == PT_LOAD:
            segment.memory_size = max(memory, segment.file_size)

    def phdr_numbers(self, segment: OutputSegment) -> None:
        """PT_PHDR lies in the PT_LOAD that includes the headers."""
        form = self.form
        segment.offset = form.header_size
        segment.file_size = segment.memory_size = self.headers - form.header_size
        segment.align = form.file_align
        for load in self.link.segments:
            if load.kind == PT_LOAD and load.includes_headers and not load.sections:
                segment.address = segment.load_address = load.address + form.header_size
                return
            if load.kind == PT_LOAD and load.includes_headers:
                first = load.sections[0]
                segment.address = first.address - first.file_offset + form.header_size
                segment.load_address = first.load_address - first.file_offset + form.header_size
                return
