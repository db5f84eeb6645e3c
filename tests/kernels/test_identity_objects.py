"""Same input, same bytes: on demand or not, compiled or interpreted.

Small here; TCC_PY_IDENTITY=DIR (a finished RISC-V kernel build) adds 50 of its files, drawn at random, to both checks, which takes minutes.
"""
from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
KERNEL = os.environ.get("TCC_PY_IDENTITY", "")


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("identity", os.path.join(HERE, "identity.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


identity = load()

UNIQUE_NAMES = """
#define PASTE_AGAIN(x, n) x##n
#define PASTE(x, n) PASTE_AGAIN(x, n)
#define UNIQUE(x) PASTE(x, __COUNTER__)
static inline int unused(void) { static int UNIQUE(a) = 1; static int UNIQUE(b) = 2; return 1; }
static int UNIQUE(between) __attribute__((used));
static inline int called_second(int x) { static int count = __COUNTER__; return x + count++; }
static inline int called_first(int x)
{
        static int count = __COUNTER__;
        return called_second(x) + count++;
}
"""
USER = """
#include "unique.h"
static int UNIQUE(main_file) __attribute__((used)) = 3;
int first(int x) { return called_first(x); }
int second(int x) { return called_second(x) + __COUNTER__; }
"""


def test_unique_names_do_not_depend_on_what_is_parsed(tmp_path: Path) -> None:
    (tmp_path / "unique.h").write_text(UNIQUE_NAMES)
    path = tmp_path / "user.c"
    path.write_text(USER)
    found, objects = identity.compare("lazy", identity.program_jobs([str(path)]), "")
    assert (found, objects) == ([], 4)


def test_programs_parsed_on_demand_and_wholly() -> None:
    programs = [p for p in identity.own_programs() if "runtime" not in p]
    found, objects = identity.compare("lazy", identity.program_jobs(programs), "")
    assert found == [] and objects > 0


@pytest.mark.skipif(not identity.accelerated_folder(), reason="no copy of the toolchain compiled by mypyc")
def test_programs_compiled_and_interpreted() -> None:
    found, objects = identity.compare("compiled", identity.program_jobs(identity.own_programs()), identity.accelerated_folder())
    assert found == [] and objects > 0


@pytest.mark.skipif(not KERNEL, reason="slow; set TCC_PY_IDENTITY to a finished kernel build")
@pytest.mark.parametrize("check", ["lazy", "compiled"])
def test_kernel_files(check: str) -> None:
    home = identity.accelerated_folder()
    if check == "compiled" and not home:
        pytest.skip("no copy of the toolchain compiled by mypyc")
    found, objects = identity.compare(check, identity.kernel_jobs(os.path.abspath(KERNEL), 50, 612), home)
    assert (found, objects) == ([], 50)
