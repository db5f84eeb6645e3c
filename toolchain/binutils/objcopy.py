"""`objcopy` and `strip`: command lines, input and output formats, archives."""
from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from typing import Final

from toolchain.binutils.ar import index_of
from toolchain.binutils.classes import is_debug_name
from toolchain.binutils.copy import Copier
from toolchain.binutils.copy_options import (
    OBJCOPY_OPTIONS,
    STRIP_ALL,
    STRIP_OPTIONS,
    CopyOptions,
    check_arguments,
    read_options,
)
from toolchain.binutils.formats import (
    Piece,
    fill_gaps,
    from_ihex,
    from_srec,
    to_binary,
    to_ihex,
    to_srec,
    to_verilog,
)
from toolchain.binutils.machines import FLAT_FORMATS, FORMATS, format_by_name, format_names
from toolchain.binutils.options import OptionTable
from toolchain.binutils.program import Program, run, version_text
from toolchain.context import ToolContext
from toolchain.diagnostics import ToolError
from toolchain.elf.archive import Member, is_archive, parse_archive, write_archive
from toolchain.elf.constants import (
    ET_DYN,
    ET_EXEC,
    ET_REL,
    SHF_ALLOC,
    SHF_WRITE,
    SHN_ABS,
    SHT_NOBITS,
    SHT_PROGBITS,
    STB_GLOBAL,
)
from toolchain.elf.image import ObjectImage, Section, Symbol
from toolchain.elf.reader import ElfFile, is_elf, read
from toolchain.elf.records import ElfError
from toolchain.elf.rewrite import write_image

OBJCOPY_TABLE: Final = OptionTable("objcopy", "[option(s)] in-file [out-file]", "Copy an object file, changing it on the way",
                                   OBJCOPY_OPTIONS, "objcopy: supported targets: " + format_names())
STRIP_TABLE: Final = OptionTable("strip", "<option(s)> in-file(s)", "Remove symbols and sections from files",
                                 STRIP_OPTIONS, "strip: supported targets: " + format_names())


def input_image(data: bytes | memoryview, name: str, options: CopyOptions) -> ObjectImage:
    """The input as an image, whatever its format.  Raises ElfError and ToolError."""
    form = options.input_format
    if form == "binary":
        return binary_image(data, name, options)
    if form in ("ihex", "srec"):
        pieces, entry = from_ihex(bytes(data), name) if form == "ihex" else from_srec(bytes(data), name)
        return pieces_image(pieces, entry, options)
    if form and format_by_name(form) is None:
        raise ToolError(f"{name}: invalid bfd target")
    if not is_elf(data):
        if not form and bytes(data[:1]) == b":":
            pieces, entry = from_ihex(bytes(data), name)
            return pieces_image(pieces, entry, options)
        if not form and bytes(data[:2]) in (b"S0", b"S1", b"S2", b"S3"):
            pieces, entry = from_srec(bytes(data), name)
            return pieces_image(pieces, entry, options)
        raise ElfError(f"{name}: file format not recognized")
    return read(data, name)


def _empty_image(options: CopyOptions, kind: int) -> ObjectImage:
    chosen = format_by_name(options.output_format)
    if chosen is None:
        out = ObjectImage(0, 64, True, kind)
        return out
    number = chosen.number
    for f in FORMATS:
        if options.architecture and f.architecture == options.architecture and f.bits == chosen.bits:
            number = f.number
    out = ObjectImage(number, chosen.bits, True, kind)
    out.little = chosen.little
    return out


def binary_image(data: bytes | memoryview, name: str, options: CopyOptions) -> ObjectImage:
    """A raw file as the .data of an object, with symbols for its start, end and size."""
    out = _empty_image(options, ET_REL)
    s = Section(".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 1)
    s.data = data
    s.size = len(data)
    out.sections.append(s)
    stem = "_binary_" + "".join(c if c.isalnum() and c.isascii() else "_" for c in name)
    out.symbols.append(Symbol(stem + "_start", 0, 0, STB_GLOBAL, 0, 0, 1))
    out.symbols.append(Symbol(stem + "_end", len(data), 0, STB_GLOBAL, 0, 0, 1))
    out.symbols.append(Symbol(stem + "_size", len(data), 0, STB_GLOBAL, 0, 0, SHN_ABS))
    return out


def pieces_image(pieces: list[Piece], entry: int, options: CopyOptions) -> ObjectImage:
    """Hex records as sections at their addresses."""
    out = _empty_image(options, ET_REL)
    out.entry = entry
    for p in pieces:
        s = Section(p.name, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 1)
        s.data = p.data
        s.size = len(p.data)
        s.address = p.address
        out.sections.append(s)
    out.has_symtab = False
    return out


def _pieces(copier: Copier) -> list[Piece]:
    """The loaded contents of the result, at their load addresses, as --interleave and --reverse-bytes want them."""
    options = copier.options
    out: list[Piece] = []
    for s, lma in zip(copier.image.sections[1:], copier.lma):
        if not s.flags & SHF_ALLOC or s.kind == SHT_NOBITS or is_debug_name(s.name):
            continue
        out.append(Piece(s.name, lma, bytes(s.data)))
    if options.gap_fill is not None or options.pad_to is not None:
        out = fill_gaps(out, options.gap_fill, options.pad_to)
    for p in out:
        if options.reverse_bytes:
            step = options.reverse_bytes
            if len(p.data) % step:
                raise ToolError(f"cannot reverse bytes: length of section {p.name} must be evenly divisible by {step}")
            p.data = b"".join([p.data[i:i + step][::-1] for i in range(0, len(p.data), step)])
        if options.interleave:
            step = options.interleave
            start = (options.interleave_byte - p.address) % step
            p.data = b"".join([p.data[i:i + options.interleave_width] for i in range(start, len(p.data), step)])
            p.address = p.address // step
    return out


def copy_object(program: Program, options: CopyOptions, data: bytes | memoryview, name: str, output: str) -> bytes | None:
    """The bytes of the copy of one object; None after an error that has been reported.  Raises ToolError and ElfError."""
    image = input_image(data, name, options)
    form = options.output_format
    chosen = format_by_name(form)
    if form and chosen is None and form not in FLAT_FORMATS and not form.startswith(("elf64-", "elf32-")):
        raise ToolError(f"{output}: invalid bfd target")
    if form and chosen is None and form not in FLAT_FORMATS:
        raise ToolError(f"{output}: output format {form} is not supported")
    if chosen is not None and image.machine and (image.machine, image.bits) != (chosen.number, chosen.bits):
        raise ToolError(f"{name}: conversion to {form} is not supported")
    if options.merge_notes and any(section.name.startswith(".gnu.build.attributes") for section in image.sections):
        raise ToolError(f"{name}: --merge-notes: merging build notes is not supported")
    copier = Copier(program, options, image, output)
    copier.run()
    if copier.failed:
        return None
    if form in FLAT_FORMATS or (not form and options.input_format in FLAT_FORMATS):
        return flat_output(copier, form or options.input_format, output)
    if options.gap_fill is not None or options.pad_to is not None or options.interleave or options.reverse_bytes:
        raise ToolError(f"{name}: filling and interleaving need a raw output format")
    if image.machine == 0 and options.input_format:
        raise ToolError(f"{name}: the output format must be given")
    return write_image(copier.image)


def flat_output(copier: Copier, form: str, output: str) -> bytes:
    """The result in one of the formats without headers."""
    pieces = _pieces(copier)
    options = copier.options
    entry = copier.image.entry
    if form == "binary":
        return to_binary(pieces)
    if form == "ihex":
        return to_ihex(pieces, entry)
    if form == "verilog":
        return to_verilog(pieces, options.verilog_width, copier.image.little)
    if form == "symbolsrec":
        raise ToolError("output format symbolsrec is not supported")
    return to_srec(pieces, entry, output, options.srec_length, options.srec_s3)


def is_executable(result: bytes, source: bytes, options: CopyOptions) -> bool:
    """Whether GNU objcopy would set the output's execute bits: for linked files, and raw copies of ET_EXEC."""
    if is_elf(result):
        kind = ElfFile(result, "").header.kind
        return kind in (ET_EXEC, ET_DYN)
    return is_elf(source) and options.input_format != "binary" and ElfFile(source, "").header.kind == ET_EXEC


def copy_file(program: Program, options: CopyOptions, source: str, target: str) -> None:
    """Copy one file, object or archive.  Raises ToolError and ElfError."""
    data = program.read(source)
    if options.verbose:
        program.out(f"copy from `{source}' to `{target}'\n")
    status = os.stat(program.context.path(source))
    if is_archive(data) and options.input_format != "binary":
        archive = parse_archive(data, source)
        if archive.thin:
            raise ToolError(f"{source}: copying thin archives is not supported")
        out: list[Member] = []
        for m in archive.members:
            contents: bytes | memoryview | None = m.load(program.load)
            if contents is not None and is_elf(contents):
                contents = copy_object(program, options, contents, f"{source}({m.name})", m.name)
            if contents is None:
                return
            new = Member(m.name, contents)
            if not options.deterministic:
                new.date, new.uid, new.gid, new.mode = m.date, m.uid, m.gid, m.mode
            elif m.mode:
                new.mode = m.mode & 0o777 if m.mode & 0o777 == 0o644 else 0o644
            out.append(new)
        stripped = options.strip == STRIP_ALL
        result: bytes | None = write_archive(out, False, index_of(program, out) if archive.has_symbols and not stripped else None)
    else:
        result = copy_object(program, options, data, source, target)
    if result is None:
        return
    program.write(target, result, is_executable(result, data, options))
    path = program.context.path(target)
    if not stat.S_ISREG(os.stat(path).st_mode):
        return
    if options.preserve_dates:
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _informed(program: Program, table: OptionTable, keys: set[str]) -> bool:
    """Answer --help, --version and --info."""
    if "help" in keys:
        program.out(table.usage())
    elif "version" in keys:
        program.out(version_text(table.tool))
    elif "info" in keys:
        program.out("\n".join(f"{f.format_name}\n  {f.architecture}" for f in FORMATS) + "\n")
    else:
        return False
    return True


def _objcopy(program: Program, argv: Sequence[str]) -> int:
    parsed = OBJCOPY_TABLE.parse(argv, program.context)
    if _informed(program, OBJCOPY_TABLE, {k for k, _ in parsed.options}):
        return 0
    check_arguments(parsed.arguments, 2)
    options = read_options(program, parsed)
    source = parsed.arguments[0]
    copy_file(program, options, source, parsed.arguments[-1])
    return program.status


def _strip(program: Program, argv: Sequence[str]) -> int:
    parsed = STRIP_TABLE.parse(argv, program.context)
    if _informed(program, STRIP_TABLE, {k for k, _ in parsed.options}):
        return 0
    check_arguments(parsed.arguments, 0)
    options = read_options(program, parsed)
    if not options.strip and not options.discard and not options.symbols["strip-symbol"]:
        options.strip = STRIP_ALL
    target = parsed.last("file")
    if target and len(parsed.arguments) > 1:
        raise ToolError("-o may only be used with one input file")
    for name in parsed.arguments:
        try:
            copy_file(program, options, name, target or name)
        except ToolError as e:
            program.error(e.message)
    return program.status


def main(argv: Sequence[str], context: ToolContext) -> int:
    """The `objcopy` command."""
    return run(OBJCOPY_TABLE, _objcopy, argv, context)


def strip_main(argv: Sequence[str], context: ToolContext) -> int:
    """The `strip` command."""
    return run(STRIP_TABLE, _strip, argv, context)

