"""The house rules that a program can check: ruff, mypy --strict, floors, launcher."""
from __future__ import annotations

import ast
import glob
import importlib.util
import os
import re
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


SHARED_ROOMS = ["mc", "cc/preprocess", "cc/parse", "cc/ir", "cc/lower", "cc/opt", "cc/codegen", "cc/debuginfo"]


@pytest.mark.parametrize("room", SHARED_ROOMS)
def test_shared_rooms_never_name_a_target(room: str) -> None:
    target = re.compile(r"\b(riscv(32|64)?|x86(_64)?|i386|aarch64)\b", re.I)
    found = []
    for path in glob.glob(os.path.join(ROOT, "toolchain", room, "**", "*.py"), recursive=True):
        with open(path, encoding="utf-8") as f:
            tree = ast.parse(f.read())
        prose = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
        for n in ast.walk(tree):
            text = n.value if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in prose else \
                n.id if isinstance(n, ast.Name) else n.attr if isinstance(n, ast.Attribute) else ""
            if target.search(text):
                found.append((os.path.relpath(path, ROOT), text))
    assert found == []
