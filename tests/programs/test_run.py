"""The runner of programs (run.py): its table is well-formed, and it tells a build that behaves alike from one that does not."""
from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest


def load() -> ModuleType:
    """run.py, which is no package's module."""
    spec = importlib.util.spec_from_file_location("programs_run", Path(__file__).with_name("run.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module         # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


run = load()


@pytest.mark.parametrize("name", sorted(run.TABLE))
def test_row(name: str) -> None:
    """Scripts are a shell's, patterns are regular expressions, and each row's `keep` keeps something like a line of output."""
    row = run.TABLE[name]
    for script in (row.build, row.test):
        assert subprocess.run(["sh", "-n", "-c", script], capture_output=True).returncode == 0, script
    re.compile(row.keep)
    re.compile(row.drop)


def write_source(work: Path) -> None:
    """What `fetch` would have unpacked."""
    source = work / "src" / "hello"
    source.mkdir(parents=True)
    (source / "hello.c").write_text("int puts(const char *); int main(void) { puts(WHO); return CODE; }\n")


def outcome(work: Path, row: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    """Status and report of a run over one row."""
    monkeypatch.setitem(run.TABLE, "hello", row)
    status: int = run.main(["hello", "--work", str(work), "--no-server", *words])
    return status, capsys.readouterr().out


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
def test_same_and_different(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    write_source(tmp_path)
    build = "$CC -DCODE=3 -DWHO='\"all alike\"' hello.c -o hello && echo '#define A 1' >config.h && echo >>$REPORT built"
    monkeypatch.setenv("REPORT", str(tmp_path / "report"))
    row = run.Program("hello", build, "./hello; s=$?; pwd; echo noise $CC; exit $s", r"(?!noise).*", config="config.h")
    status, text = outcome(tmp_path, row, capsys, monkeypatch)
    assert status == 0 and text.startswith("same") and "4 lines" in text and "tests exit 3" in text, text
    assert (tmp_path / "report").read_text().split() == ["built"] * 2
    assert outcome(tmp_path, row, capsys, monkeypatch, "--reuse", "--keep-gcc")[0] == 0
    assert (tmp_path / "report").read_text().split() == ["built"] * 2
    telling = run.Program("hello", build, "./hello; echo $CC", config="config.h")
    status, text = outcome(tmp_path, telling, capsys, monkeypatch, "--reuse")
    assert status == 1 and text.startswith("DIFFERENT") and "-gcc\n" in text and "+tcc-py-cc\n" in text, text
