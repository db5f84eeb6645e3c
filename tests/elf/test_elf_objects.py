"""Reader and writer: an object read and written again is the same file; malformed input is refused."""
from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.elf.constants import EM_RISCV, EM_X86_64, GRP_COMDAT, SHF_ALLOC, SHF_EXECINSTR, SHF_GROUP, SHT_PROGBITS, STB_GLOBAL, STT_FUNC
from toolchain.elf.image import Group, ObjectImage, Relocations, Section, Symbol
from toolchain.elf.reader import ElfFile, read
from toolchain.elf.records import ElfError, StringTable
from toolchain.elf.writer import write_object

SOURCE = """
static int x[10]; int y = 3; __thread int t; extern int z; __attribute__((weak)) int w(void);
__attribute__((section(".init.text"))) int ini(void) { return w ? w() : z; }
int main(int c, char **v) { return x[c] + y + t + z + ini(); }
"""


def sample(bits: int = 64) -> ObjectImage:
    image = ObjectImage(EM_X86_64 if bits == 64 else 3, bits, rela=bits == 64)
    text = Section(".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 16)
    text.data = b"\x90" * 8
    text.relocations = Relocations(image.rela)
    text.relocations.add(1, 2, 2, -4 if image.rela else 0)
    image.sections.append(text)
    image.symbols.append(Symbol("f", 0, 8, STB_GLOBAL, STT_FUNC, 0, 1))
    image.symbols.append(Symbol("local", 4, 0, 0, 0, 0, 1))
    return image


@pytest.mark.parametrize("bits", [32, 64])
def test_written_object_reads_back(bits: int) -> None:
    image = read(write_object(sample(bits)), "x.o")
    assert [s.name for s in image.symbols] == ["", "local", "f"]
    assert [s.name for s in image.sections] == ["", ".text"]
    relocations = image.sections[1].relocations
    assert relocations is not None
    assert (relocations.offsets, relocations.types, relocations.symbols) == ([1], [2], [1])
    assert relocations.addends == ([-4] if bits == 64 else [0])
    assert image.rela == (bits == 64)


def test_group_and_link() -> None:
    image = sample()
    image.sections[1].flags |= SHF_GROUP
    image.groups.append(Group(1, GRP_COMDAT, [1]))
    data = write_object(image)
    again = read(data, "x.o")
    assert again.groups[0].members == [1] and again.symbols[again.groups[0].signature].name == "f"
    assert again.sections[1].group == 0
    assert write_object(again) == data


def test_many_sections_use_extended_indices() -> None:
    image = ObjectImage(EM_RISCV, 64)
    for _ in range(65300):
        image.sections.append(Section(".s", SHT_PROGBITS))
    image.symbols.append(Symbol("last", 0, 0, STB_GLOBAL, 0, 0, 65300))
    image.symbols.append(Symbol("absolute", 7, 0, STB_GLOBAL, 0, 0, 0xFFF1))
    again = read(write_object(image), "x.o")
    assert [s.section for s in again.symbols] == [0, 65300, 0xFFF1]


def test_string_tails_are_shared() -> None:
    table = StringTable()
    for name in ("text", ".rela.text", "b", ".text", "text"):
        table.add(name)
    assert table.finish() == b"\0.rela.text\0b\0"
    assert table.offset(".text") == 6 and table.offset("text") == 7 and table.offset("") == 0


@pytest.mark.parametrize("compiler", ["gcc", "riscv64-linux-gnu-gcc", "aarch64-linux-gnu-gcc"])
def test_gnu_object_round_trip(compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip("no " + compiler)
    (tmp_path / "a.c").write_text(SOURCE)
    subprocess.run([compiler, "-g", "-O2", "-ffunction-sections", "-c", "a.c"], cwd=tmp_path, check=True)
    data = (tmp_path / "a.o").read_bytes()
    assert write_object(read(data, "a.o")) == data


@pytest.mark.parametrize("change, message", [
    (lambda d: d[:3], "not recognized"),
    (lambda d: d[:40], "truncated"),
    (lambda d: d[:4] + b"\x09" + d[5:], "unknown ELF class"),
    (lambda d: d[:40] + b"\xff\xff\xff\xff" + d[44:], "outside the file"),
    (lambda d: d[:58] + b"\x07" + d[59:], "section headers of 7 bytes"),
    (lambda d: d[:62] + b"\xf0\x00" + d[64:], "section name table"),
    (lambda d: d[:-40], "outside the file"),
])
def test_malformed(change, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ElfError, match=message):
        read(change(write_object(sample())), "bad.o")


def test_bad_relocation_symbol() -> None:
    data = bytearray(write_object(sample()))
    elf = ElfFile(bytes(data), "x.o")
    rela = next(s for s in elf.sections if s.name == ".rela.text")
    data[rela.offset + 12] = 77
    image = read(bytes(data), "bad.o")
    with pytest.raises(ElfError, match="refers to symbol 77 of 3"):
        _ = image.sections[1].relocations
