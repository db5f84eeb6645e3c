"""What the tests of several rooms of the compiler share."""
from __future__ import annotations

import importlib.util
import os
import sys

import pytest

LOWER = os.path.join(os.path.dirname(__file__), "lower")


@pytest.fixture(scope="session")
def lower_programs() -> dict[str, str]:
    """The programs of tests/cc/lower by name: each returns 42."""
    sys.path.insert(0, LOWER)
    spec = importlib.util.spec_from_file_location("lower_programs", os.path.join(LOWER, "test_lower_programs.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, str] = module.PROGRAMS
    return found
