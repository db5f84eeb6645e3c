"""Listings: byte for byte what GNU binutils 2.40 prints."""
from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import run_gnu, run_ours

NM = ["", "-n", "-S", "-g", "-u", "-A", "-P", "--defined-only", "--size-sort", "-r", "-a", "-p", "-j", "-f sysv", "-P -A", "-t d", "-s", "-D", "-C", "-D --without-symbol-versions"]
READELF = ["-h", "-l", "-S", "-g", "-t", "-s", "-r", "-d", "-n", "-V", "-A", "-I", "-a", "-aW", "-rW", "-lSW", "-x .comment", "-p .comment",
           "-wf", "-wF", "-wi", "-wa", "-wl", "-wL", "-u", "-sC"]
OBJDUMP = ["-r", "-h", "-h -w", "-f", "-p", "-t", "-x", "-s", "-a", "-d", "-dr", "-dl", "-dS", "-dw", "--disassemble=foo", "-d -C"]
SIZE = ["", "-A", "-G", "-t", "-x", "-o", "--common"]
STRINGS = ["", "-n 8", "-t x", "-o", "-f", "-d", "-w", "-e l"]
CASES = ([("nm", o, f) for o in NM for f in ("a.o", "b.o", "exe", "g.a") if (o, f) != ("-C", "b.o")]
         + [("readelf", o, f) for o in READELF for f in ("a.o", "exe")] + [("readelf", o, "b.o") for o in ("-a", "-g", "-wL")]
         + [("readelf", "-c", "g.a"), ("readelf", "-h", "g.a")]
         + [("objdump", o, f) for o in OBJDUMP for f in ("a.o", "exe")] + [("objdump", "-h", "b.o"), ("objdump", "-T", "exe"), ("objdump", "-R", "exe")]
         + [("size", o, f) for o in SIZE for f in ("a.o", "exe", "g.a")] + [("strings", o, f) for o in STRINGS for f in ("exe", "b.o")]
         + [("objdump", o, f) for o in ("-d", "-d -M intel") for f in ("a.o", "exe", "stripped", "float.o", "float32.o")]
         + [("objdump", "-D -b binary -m i386:x86-64", "d.bin"), ("objdump", "-s -b binary", "d.bin")]
         + [("ar", o, "g.a") for o in ("t", "tv", "tO", "p")] + [("ar", "t", "thin.a")]
         + [("addr2line", "-f -i -p -a -e plain.o", "0"), ("addr2line", "-f -i -e a.o", "0"), ("addr2line", "-e exe", "0x1")])
RISCV_CASES = ([("nm", o, "a.o") for o in ("", "-n", "-a", "--special-syms")] + [("readelf", o, f) for o in READELF for f in ("a.o", "so")]
               + [("objdump", o, "a.o") for o in OBJDUMP] + [("objdump", "-d", "so"), ("objdump", "-T", "so"), ("size", "", "a.o")])
WARNING = "readelf: Warning: unable to apply unsupported reloc type"


def compare(tool: str, options: str, file: str, directory: Path, prefix: str = "") -> None:
    arguments = [tool, *options.split(), file]
    theirs = run_gnu(arguments, directory, prefix)
    ours = run_ours(arguments, directory)
    assert ours.out.decode("utf-8", "replace") == theirs.out.decode("utf-8", "replace")
    assert ours.status == theirs.status
    assert ours.err == "".join(line + "\n" for line in theirs.err.splitlines() if not line.startswith(WARNING))


@pytest.mark.parametrize("tool, options, file", CASES)
def test_same_listing(tool: str, options: str, file: str, host: Path) -> None:
    if tool == "objdump" and "d" in options.strip("-")[:1]:
        pytest.importorskip("capstone")
    compare(tool, options, file, host)


@pytest.mark.parametrize("tool, options, file", RISCV_CASES)
def test_same_listing_riscv(tool: str, options: str, file: str, riscv: Path) -> None:
    compare(tool, options, file, riscv, "riscv64-linux-gnu-")


@pytest.mark.parametrize("tool", ["nm", "size", "strings", "objdump -h", "readelf -h", "ar t", "strip", "objcopy"])
@pytest.mark.parametrize("file", ["missing", "d.bin"])
def test_same_refusal(tool: str, file: str, host: Path) -> None:
    arguments = [*tool.split(), file]
    if file == "d.bin" and tool == "strings":
        pytest.skip("strings takes any file")
    theirs = run_gnu(arguments, host)
    ours = run_ours(arguments, host)
    assert (ours.status, ours.err) == (theirs.status, theirs.err)


@pytest.mark.parametrize("mode", ["rcs", "rcSD", "cDPrST", "rcT", "qc"])
def test_ar_makes_the_same_archive(mode: str, host: Path, tmp_path: Path) -> None:
    for name in ("a.o", "b.o"):
        shutil.copy(host / name, tmp_path / name)
    (tmp_path / "sub").mkdir()
    shutil.copy(host / "sub/x.o", tmp_path / "sub/x.o")
    run_gnu(["ar", mode, "lib.a", "a.o", "b.o", "sub/x.o"], tmp_path)
    theirs = (tmp_path / "lib.a").read_bytes()
    (tmp_path / "lib.a").unlink()
    assert run_ours(["ar", mode, "lib.a", "a.o", "b.o", "sub/x.o"], tmp_path).status == 0
    assert (tmp_path / "lib.a").read_bytes() == theirs


def test_ar_as_the_kernel_uses_it(host: Path, tmp_path: Path) -> None:
    """Thin archives of thin archives, and moving a member to the front."""
    (tmp_path / "sub").mkdir()
    for name in ("a.o", "b.o", "sub/x.o"):
        shutil.copy(host / name, tmp_path / name)
    results = []
    for run in (run_gnu, run_ours):
        listings = []
        for command in ("ar cDPrST sub/empty.a", "ar mPiT none.o sub/empty.a", "ar cDPrST sub/in.a sub/x.o", "ar cDPrST out.a sub/empty.a sub/in.a a.o b.o", "ar mPiT sub/x.o out.a b.o", "ar t out.a", "ar t sub/in.a"):
            result = run(command.split(), tmp_path)
            assert result.status == 0
            listings.append(result.out)
        results.append((listings, (tmp_path / "out.a").read_bytes(), (tmp_path / "sub/in.a").read_bytes()))
        assert (tmp_path / "sub/empty.a").read_bytes() == b"!<arch>\n"
        for name in ("out.a", "sub/in.a", "sub/empty.a"):
            (tmp_path / name).unlink()
    assert results[0] == results[1]


SCRIPTS = ["create x.a|addmod a.o|addmod d.bin|save|end", "CREATE x.a|ADDMOD a.o, d.bin ; comment|* comment|SAVE", "create x.a|addlib g.a|addmod +|d.bin|save|end",
           "create x.a|addlib g.a (x.o)|save|end", "open g.a|delete a.o|addlib g.a|clear|addmod a.o|save", "open g.a|replace a.o|directory g.a|directory g.a (x.o) names|save",
           "open g.a|verbose|directory g.a (a.o x.o)|extract x.o", "addmod a.o", "open g.a|replace missing"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_ar_scripts(script: str, host: Path, tmp_path: Path) -> None:
    """ar -M: what is added comes first; SAVE writes."""
    results = []
    for run in (run_gnu, run_ours):
        directory = tmp_path / run.__name__
        directory.mkdir()
        for name in ("a.o", "d.bin", "g.a"):
            shutil.copy(host / name, directory / name)
        result = run(["ar", "-M"], directory, text=script.replace("|", "\n").encode() + b"\n")
        files = {p.name: p.read_bytes() for p in directory.iterdir() if p.name[:2] != "st"}     # GNU's temporary files
        results.append((result.status, result.out, result.err, files))
    assert results[0] == results[1]


def test_ar_takes_a_file_twice(host: Path, tmp_path: Path) -> None:
    shutil.copy(host / "a.o", tmp_path / "a.o")
    assert run_ours(["ar", "rc", "x.a", "a.o", "a.o"], tmp_path).status == 0
    assert run_ours(["ar", "t", "x.a"], tmp_path).out == b"a.o\na.o\n"
    assert run_ours(["ar", "x", "x.a", "missing"], tmp_path).status == 0


def test_mangled_names_are_refused(tmp_path: Path) -> None:
    """-C is for names that are not C's; those are said not to be supported."""
    from toolchain.elf.image import ObjectImage, Symbol
    from toolchain.elf.writer import write_object
    image = ObjectImage(62, 64)
    image.symbols.append(Symbol("_Z1fv", 0, 0, 1, 0, 0, 0xFFF1))
    (tmp_path / "m.o").write_bytes(write_object(image))
    for arguments in (["nm", "-C", "m.o"], ["readelf", "-sC", "m.o"], ["objdump", "-tC", "m.o"]):
        result = run_ours(arguments, tmp_path)
        assert result.status == 1 and "demangling is not supported: _Z1fv" in result.err
