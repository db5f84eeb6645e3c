"""What the assembler's tests share: run text through our assembler, and through GNU as where it is installed."""
from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

from toolchain.assembler import main
from toolchain.context import ToolContext
from toolchain.elf.image import ObjectImage
from toolchain.elf.reader import read

GNU_AS = shutil.which("riscv64-linux-gnu-as")


class MemoryContext(ToolContext):
    """A context whose files live in a dict."""

    def __init__(self, files: dict[str, bytes], stdin: bytes = b"") -> None:
        self.errors = io.StringIO()
        self.output = io.BytesIO()
        super().__init__("/nowhere", {}, io.BytesIO(stdin), self.output, self.errors)
        self.files = files
        self.written: dict[str, bytes] = {}

    def read(self, name: str) -> bytes:
        if name == "-":
            return self.stdin.read()
        if name not in self.files:
            raise FileNotFoundError(2, "No such file or directory", name)
        return self.files[name]

    def write(self, name: str, data: bytes | bytearray | memoryview, executable: bool = False) -> None:
        self.written[name] = bytes(data)


def run(text: str, *options: str, files: dict[str, bytes] | None = None) -> tuple[int, MemoryContext]:
    """Exit status and context of one run on standard input."""
    context = MemoryContext(files or {}, text.encode("utf-8", "surrogateescape"))
    return main([*options, "-o", "out.o", "-"], context), context


def assemble(text: str, *options: str, files: dict[str, bytes] | None = None) -> ObjectImage:
    """The object of `text`; fails the test on errors."""
    status, context = run(text, *(options or ("-march=rv64gc",)), files=files)
    assert status == 0, context.errors.getvalue()
    return read(context.written["out.o"], "out.o")


def section(image: ObjectImage, name: str) -> bytes:
    """Bytes of a section."""
    return next(bytes(s.data) for s in image.sections if s.name == name)


def relocations(image: ObjectImage, name: str) -> list[tuple[int, int, str, int]]:
    """(offset, type, symbol, addend) of a section."""
    s = next(s for s in image.sections if s.name == name)
    r = s.relocations
    if r is None:
        return []
    return [(o, t, image.symbols[n].name, a) for o, t, n, a in zip(r.offsets, r.types, r.symbols, r.addends)]


def symbol_names(image: ObjectImage) -> list[str]:
    """Names in table order."""
    return [s.name for s in image.symbols]


def errors_of(text: str, *options: str) -> str:
    """What is printed about bad text; the run must fail and write nothing."""
    status, context = run(text, *options)
    assert status == 1 and not context.written
    return context.errors.getvalue()


Comparable = tuple[list[object], dict[str, tuple[bytes, list[object]]], list[object]]


def comparable(image: ObjectImage, ordered: bool = True) -> Comparable:
    """An object as values that can be compared with another's."""
    def where(n: int) -> str | int:
        return n if n == 0 or n >= 0xFF00 else image.sections[n].name

    skipped = (".symtab", ".strtab", ".shstrtab")
    sections: list[object] = []
    contents: dict[str, tuple[bytes, list[object]]] = {}
    for s in image.sections[1:]:
        if s.name in skipped:
            continue
        sections.append((s.name, s.kind, s.flags, s.align, s.entry_size, s.size))
        rel: list[object] = []
        if s.relocations is not None:
            r = s.relocations
            for i in range(len(r)):
                t = image.symbols[r.symbols[i]]
                rel.append((r.offsets[i], r.types[i], t.name, t.value, where(t.section), r.addends[i]))
        contents[s.name] = (bytes(s.data), rel)
    symbols: list[object] = [(s.name, s.value, s.size, s.binding, s.kind, s.other, where(s.section)) for s in image.symbols]
    return sections, contents, symbols if ordered else sorted(symbols, key=str)


def gnu(text: str, directory: Path, *options: str) -> ObjectImage:
    """The object that GNU as makes of `text`."""
    assert GNU_AS is not None
    out = directory / "gnu.o"
    subprocess.run([GNU_AS, *options, "-o", str(out), "-"], input=text.encode("utf-8", "surrogateescape"), check=True)
    return read(out.read_bytes(), "gnu.o")
