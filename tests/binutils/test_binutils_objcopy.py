"""objcopy and strip: the same bytes as GNU binutils 2.40."""
from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import run_gnu, run_ours

from toolchain.binutils.tools import TOOLS
from toolchain.commands import load

OPTIONS = [
    "", "-S", "-g", "-x", "-X", "--strip-unneeded", "-R .comment", "-R .data", "-j .data -O binary", "-j .data.rel.local -O binary", "-O binary", "-O ihex", "-O verilog",
    "--prefix-symbols=pp_", "--prefix-alloc-sections=.pp", "-G main", "-L main", "-W main", "--weaken", "-N main", "-K main -S",
    "--redefine-sym main=mm", "--redefine-syms redefine", "--rename-section .data=.foo",
    "--rename-section .data=.foo,alloc,load,readonly,data,contents", "--set-section-flags .data=alloc,readonly", "--add-section .foo=d.bin",
    "--add-section .foo=d.bin --set-section-flags .foo=alloc,readonly,data", "--add-gnu-debuglink=d.bin", "--update-section .comment=d.bin",
    "--strip-dwo", "--localize-hidden", "--globalize-symbol=x", "--keep-file-symbols -g", "-R .rela.text", "-w -L *", "-w -G !main",
    "--set-section-alignment .data=64", "--add-symbol foo=.data:4,global,object", "--add-symbol bar=0x1234,local", "--gap-fill 0xff -O binary",
    "--set-start 0x1234", "--compress-debug-sections", "--remove-section=.note.gnu.property --prefix-alloc-sections=.init --prefix-symbols=__efistub_", "--discard-all -g"]
LINKED = ["", "--compress-debug-sections", "-S", "-g", "-x", "--strip-unneeded", "-R .comment", "-O binary", "-O srec", "-G main", "-L main", "--redefine-sym main=mm",
          "--add-section .foo=d.bin", "--update-section .comment=d.bin", "-R .note -R .note.gnu.build-id -R .comment -S -O binary"]
BINARY = ["-I binary -O elf64-x86-64", "-I binary -O elf64-x86-64 -B i386:x86-64",
          "-I binary -O elf32-i386 -B i386 --rename-section .data=.rodata,alloc,load,readonly,data,contents", "-I binary -O srec", "-I binary -O ihex"]


def compare(options: str, file: str, directory: Path, tmp_path: Path, prefix: str = "") -> None:
    for name in (file, "d.bin", "redefine"):
        if (directory / name).exists():
            shutil.copy(directory / name, tmp_path / name)
    arguments = ["objcopy", *options.split(), file, "out"]
    theirs = run_gnu(arguments, tmp_path, prefix)
    expected = (tmp_path / "out").read_bytes() if theirs.status == 0 else b""
    mode = (tmp_path / "out").stat().st_mode if theirs.status == 0 else 0
    (tmp_path / "out").unlink(missing_ok=True)
    ours = run_ours(arguments, tmp_path)
    assert (ours.status, ours.err) == (theirs.status, theirs.err)
    if theirs.status == 0:
        assert (tmp_path / "out").read_bytes() == expected
        assert (tmp_path / "out").stat().st_mode == mode


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("file", ["a.o", "b.o"])
def test_object(options: str, file: str, host: Path, tmp_path: Path) -> None:
    compare(options, file, host, tmp_path)


@pytest.mark.parametrize("options", LINKED)
def test_executable(options: str, host: Path, tmp_path: Path) -> None:
    compare(options, "exe", host, tmp_path)


@pytest.mark.parametrize("options", BINARY)
def test_raw_input(options: str, host: Path, tmp_path: Path) -> None:
    compare(options, "d.bin", host, tmp_path)


@pytest.mark.parametrize("options", ["", "-S", "-g", "--prefix-symbols=__pi_ --remove-section=.note.gnu.property --prefix-alloc-sections=.init.pi"])
def test_riscv_object(options: str, riscv: Path, tmp_path: Path) -> None:
    compare(options, "a.o", riscv, tmp_path, "riscv64-linux-gnu-")


@pytest.mark.parametrize("options", ["-S", "-G foo -G main", "-O binary"])
def test_riscv_shared_object(options: str, riscv: Path, tmp_path: Path) -> None:
    compare(options, "so", riscv, tmp_path, "riscv64-linux-gnu-")


@pytest.mark.parametrize("options", ["", "--strip-debug", "--strip-unneeded", "-x"])
@pytest.mark.parametrize("file", ["a.o", "b.o", "exe", "g.a"])
def test_strip(options: str, file: str, host: Path, tmp_path: Path) -> None:
    shutil.copy(host / file, tmp_path / file)
    arguments = ["strip", *options.split(), "-o", "out", file]
    assert run_gnu(arguments, tmp_path).status == 0
    expected = (tmp_path / "out").read_bytes()
    (tmp_path / "out").unlink()
    assert run_ours(arguments, tmp_path).status == 0
    assert (tmp_path / "out").read_bytes() == expected


def test_stripped_debug_file_keeps_its_sections(host: Path, tmp_path: Path) -> None:
    """--only-keep-debug keeps headers and debug sections, without the code."""
    shutil.copy(host / "exe", tmp_path / "exe")
    assert run_ours(["objcopy", "--only-keep-debug", "exe", "debug"], tmp_path).status == 0
    listing = run_ours(["readelf", "-SW", "debug"], tmp_path).out.decode()
    rows = {line.split("] ")[1].split()[0]: line.split("] ")[1].split()[1] for line in listing.splitlines() if line.startswith("  [") and "Nr" not in line
            and "[ 0]" not in line}
    assert rows[".text"] == "NOBITS" and rows[".debug_info"] == "PROGBITS"
    assert run_ours(["addr2line", "-e", "debug", "0x1060"], tmp_path).out == run_ours(["addr2line", "-e", "exe", "0x1060"], tmp_path).out


def test_probes(tmp_path: Path) -> None:
    """What build systems ask: versions, and refusal of unknown options."""
    for tool in ("ar", "nm", "objcopy", "objdump", "readelf", "strip", "size", "strings", "addr2line", "ranlib"):
        version = run_ours([tool, "--version"], tmp_path)
        first = version.out.decode().splitlines()[0]
        assert version.status == 0 and first.startswith("GNU " + tool) and first.endswith("2.40")
        assert run_ours([tool, "--help"], tmp_path).status == 0
        refused = run_ours([tool, "--no-such-option"], tmp_path)
        assert refused.status == 1 and refused.err.startswith(f"{tool}: unrecognized option '--no-such-option'\nUsage: ")


def test_commands_are_these_tools() -> None:
    """The table of sub-commands names the functions that `TOOLS` holds."""
    for name, tool in TOOLS.items():
        assert load(name) is tool
