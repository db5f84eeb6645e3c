"""Archives: byte-identical to GNU ar's; thin, nested, long names; malformed ones are refused."""
from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.elf.archive import Member, defined_symbols, flatten, parse_archive, write_archive
from toolchain.elf.records import ElfError


def load(path: str) -> bytes:
    return Path(path).read_bytes()


def test_round_trip_long_names() -> None:
    members = [Member("short.o", b"abc"), Member("a-very-long-member-name.o", b"defg"), Member("sixteen-chars-.o", b"")]
    data = write_archive(members)
    archive = parse_archive(data, "lib.a")
    assert [(m.name, bytes(m.load(load))) for m in archive.members] == [(m.name, m.data) for m in members]
    assert not archive.has_symbols


def test_symbol_table_points_at_members() -> None:
    members = [Member("a.o", b"a"), Member("b.o", b"b")]
    archive = parse_archive(write_archive(members, symbols=[["one", "two"], ["three"]]), "lib.a")
    where = archive.by_offset()
    assert [(n, where[o].name) for n, o in archive.symbols] == [("one", "a.o"), ("two", "a.o"), ("three", "b.o")]


def test_thin_and_nested(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.o").write_bytes(b"aaa")
    inner = write_archive([Member("a.o", None)], thin=True)
    (tmp_path / "sub" / "in.a").write_bytes(inner)
    outer = parse_archive(write_archive([Member("sub/in.a", None)], thin=True), str(tmp_path / "out.a"))
    assert [(m.name, m.load(load)) for m in flatten(outer, load)] == [("a.o", b"aaa")]


def test_archive_containing_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "self.a"
    path.write_bytes(write_archive([Member("self.a", None)], thin=True))
    with pytest.raises(ElfError, match="nested too deeply"):
        flatten(parse_archive(path.read_bytes(), str(path)), load)


@pytest.mark.parametrize("data, message", [
    (b"!<arch>\n" + b"x" * 30, "truncated member header"),
    (b"!<arch>\n" + b"a.o/".ljust(48) + b"10        xx", "bad member header"),
    (b"!<arch>\n" + b"a.o/".ljust(48) + b"10        `\n", "outside the file"),
    (b"!<arch>\n" + b"a.o/".ljust(48) + b"ten       `\n", "bad member size"),
    (b"!<arch>\n" + b"/99".ljust(48) + b"0         `\n", "long name"),
    (b"!<arch>\n" + b"/".ljust(48) + b"4         `\n\xff\xff\xff\xff", "symbol table"),
])
def test_malformed(data: bytes, message: str) -> None:
    with pytest.raises(ElfError, match=message):
        parse_archive(data, "bad.a")


def test_same_bytes_as_gnu_ar(tmp_path: Path) -> None:
    if shutil.which("gcc") is None or shutil.which("ar") is None:
        pytest.skip("no gcc")
    (tmp_path / "a.c").write_text("int f; int g(void) { return 1; } static int h;")
    (tmp_path / "b.c").write_text("extern int f; int longer_name_of_function(void) { return f; }")
    subprocess.run(["gcc", "-c", "a.c", "b.c"], cwd=tmp_path, check=True)
    (tmp_path / "a-member-with-long-name.o").write_bytes((tmp_path / "b.o").read_bytes())
    names = ["a.o", "a-member-with-long-name.o"]
    for mode, thin in (("rcDS", False), ("rcD", False), ("rcDT", True)):
        subprocess.run(["ar", mode, mode + ".a", *names], cwd=tmp_path, check=True)
        members = [Member(n, load(str(tmp_path / n))) for n in names]
        symbols = None if "S" in mode else [defined_symbols(m.load(load), m.name) for m in members]
        assert write_archive(members, thin, symbols) == load(str(tmp_path / (mode + ".a")))
