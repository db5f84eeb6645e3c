"""The house rules that a program can check: ruff, mypy --strict, floors, launcher."""
from __future__ import annotations

import glob
import importlib.util
import os
import subprocess
import sys
import tomllib

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("command", [["ruff", "check", "."], ["mypy"], ["importlinter.cli"]])
def test_static_checks(command: list[str]) -> None:
    if command[0] == "importlinter.cli":
        if importlib.util.find_spec("importlinter") is None:
            pytest.skip("import-linter is not installed")
        script = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
        result = run(sys.executable, "-c", script)
    else:
        result = run(sys.executable, "-m", *command)
    assert result.returncode == 0, result.stdout + result.stderr


def test_launcher_uses_the_standard_library_only() -> None:
    result = run(sys.executable, "-I", "-S", "-c", f"import ast; ast.parse(open({os.path.join(ROOT, 'tcc-py')!r}).read())")
    assert result.returncode == 0
    with open(os.path.join(ROOT, "tcc-py"), encoding="utf-8") as f:
        text = f.read()
    names = {line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert names <= sys.stdlib_module_names


@pytest.mark.parametrize("package", ["toolchain", "boot"])
def test_a_wheel_has_every_file_that_is_not_python(package: str) -> None:
    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as f:
        patterns = tomllib.load(f)["tool"]["setuptools"]["package-data"][package]
    folder = os.path.join(ROOT, package)
    packed = {name for pattern in patterns for name in glob.glob(pattern, root_dir=folder, recursive=True)}
    there = {os.path.relpath(os.path.join(place, name), folder) for place, _, names in os.walk(folder) for name in names
             if not name.endswith((".py", ".pyc"))}
    assert there and there <= packed
