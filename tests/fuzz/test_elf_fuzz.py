"""Mutated ELF files and archives: every tool ends with a message and status 0 or 1, never a traceback.

The short run is part of every test run; `TCC_PY_FUZZ=1000` asks for that many inputs a tool.
"""
from __future__ import annotations

import io
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.binutils.tools import TOOLS
from toolchain.context import ToolContext
from toolchain.elf.archive import Member, write_archive
from toolchain.elf.constants import EM_RISCV, GRP_COMDAT, SHF_ALLOC, SHF_EXECINSTR, SHF_GROUP, SHT_NOTE, SHT_PROGBITS, STB_GLOBAL
from toolchain.elf.image import Group, ObjectImage, Relocations, Section, Symbol
from toolchain.elf.writer import write_object

ROUNDS = int(os.environ.get("TCC_PY_FUZZ", "12"))
COMMANDS = [
    ["nm"], ["nm", "-D"], ["nm", "-A", "-S"], ["size"], ["size", "-A"], ["strings"], ["readelf", "-aW"], ["readelf", "-wliF"],
    ["readelf", "-x", "1", "-p", "2", "-t", "-g"], ["objdump", "-x"], ["objdump", "-dr"], ["objdump", "-dlS"], ["objdump", "-sTR"],
    ["addr2line", "-f", "-i", "0", "4", "0x1000", "-e"], ["objcopy", "-g"], ["objcopy", "-O", "binary"], ["objcopy", "--prefix-symbols=x"],
    ["objcopy", "-S"], ["strip", "-o", "out"], ["ar", "tv"], ["ar", "s"], ["ranlib"],
]


class MemoryContext(ToolContext):
    """One input file, in memory; output goes nowhere."""

    def __init__(self, data: bytes, directory: str) -> None:
        super().__init__(directory, {}, io.BytesIO(), io.BytesIO(), io.StringIO())
        self.data = data

    def read(self, name: str) -> bytes:
        if name in ("in", self.path("in")):
            return self.data
        return super().read(name)

    def write(self, name: str, data: bytes | bytearray | memoryview, executable: bool = False) -> None:
        del name, data, executable


def sample_object() -> bytes:
    image = ObjectImage(EM_RISCV, 64)
    text = Section(".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR | SHF_GROUP, 4)
    text.data = bytes.fromhex("97000000e78000006780000013050500") * 4
    text.relocations = Relocations()
    text.relocations.add(0, 19, 2, 0)
    text.relocations.add(0, 51, 0, 0)
    image.sections.append(text)
    note = Section(".note.gnu.build-id", SHT_NOTE, SHF_ALLOC, 4)
    note.data = b"\4\0\0\0\x14\0\0\0\3\0\0\0GNU\0" + bytes(20)
    image.sections.append(note)
    image.symbols.append(Symbol("local", 8, 4, 0, 2, 0, 1))
    image.symbols.append(Symbol("function", 0, 16, STB_GLOBAL, 2, 0, 1))
    image.groups.append(Group(2, GRP_COMDAT, [1]))
    return write_object(image)


def samples(directory: Path) -> list[bytes]:
    out = [sample_object()]
    out.append(write_archive([Member("a.o", out[0]), Member("a-long-member-name.o", out[0])], symbols=[["function"], ["function"]]))
    if shutil.which("gcc"):
        (directory / "s.c").write_text("int v = 3; static inline int g(int a) { return a * v; }\nint main(void) { return g(v); }\n")
        subprocess.run(["gcc", "-g", "-O2", "-c", "s.c"], cwd=directory, check=True)
        subprocess.run(["gcc", "-g", "-O2", "-o", "s", "s.c"], cwd=directory, check=True)
        out += [(directory / "s.o").read_bytes(), (directory / "s").read_bytes()]
    return out


def mutate(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    kind = chance.randrange(5)
    if kind == 0:
        return bytes(out[:chance.randrange(len(out))])
    for _ in range(chance.choice((1, 2, 8, 40))):
        where = chance.randrange(64) if kind == 1 else chance.randrange(len(out))
        if kind == 4:  # the section headers, at the end
            where = max(0, len(out) - 1 - chance.randrange(min(len(out), 2000)))
        if kind == 3:
            out[where:where + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\x80", b"\x01\0\0\0"))
        else:
            out[where] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    return bytes(out)


@pytest.mark.parametrize("command", COMMANDS, ids=[" ".join(c) for c in COMMANDS])
def test_no_tool_breaks(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"")
    chance = random.Random(" ".join(command))
    originals = samples(tmp_path)
    for _ in range(ROUNDS):
        data = mutate(chance.choice(originals), chance)
        context = MemoryContext(data, str(tmp_path))
        arguments = [*command[1:], "in", "out"] if command[0] == "objcopy" else [*command[1:], "in"]
        try:
            status = TOOLS[command[0]](arguments, context)
        except Exception:
            (tmp_path / "crash").write_bytes(data)
            raise
        assert status in (0, 1, 3)
        if status:
            assert context.stderr.getvalue()  # type: ignore[attr-defined]
