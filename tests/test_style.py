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


TARGET = re.compile(r"riscv|rv(?:32|64)|x86|x64|[i_][3-6]86|amd64|aarch64|arm64", re.I)
MAY_NAME_TARGETS = {
    "as/targets.py": "the assembler's table of targets",
    "binutils/machines.py": "the object tools' table of targets",
    "cc/targets.py": "the compiler's table of targets",
    "driver/targets.py": "the driver's table of targets",
    "elf/constants.py": "numbers that ELF and its supplements give out, in one file as the specifications have them",
    "ld/targets.py": "the linker's table of targets",
}


def names_and_strings(tree: ast.AST) -> list[str]:
    """What a module says in code: identifiers and string constants, but no docstrings."""
    prose = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    found = []
    for n in ast.walk(tree):
        if isinstance(n, ast.Constant):
            found += [n.value] if isinstance(n.value, str) and id(n) not in prose else []
        elif isinstance(n, ast.alias):
            found += [n.name, n.asname or ""]
        else:
            found += [getattr(n, field, None) for field in ("id", "attr", "arg", "module", "name")]
    return [text for text in found if isinstance(text, str)]


def test_shared_rooms_never_name_a_target() -> None:
    """A target's own files have its name in their path; all others serve every target, and adding one does not touch them."""
    found: dict[str, list[str]] = {}
    for path in glob.glob("**/*.py", root_dir=os.path.join(ROOT, "toolchain"), recursive=True):
        if TARGET.search(path):
            continue
        with open(os.path.join(ROOT, "toolchain", path), encoding="utf-8") as f:
            named = [text for text in names_and_strings(ast.parse(f.read())) if TARGET.search(text)]
        if named:
            found[path] = named
    assert {path: named for path, named in found.items() if path not in MAY_NAME_TARGETS} == {}
    assert found.keys() == MAY_NAME_TARGETS.keys(), "an exception that is not needed any more"
