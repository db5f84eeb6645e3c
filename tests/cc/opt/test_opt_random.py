"""Every pass, and whole pipelines, keep the behaviour of random functions."""
from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_ir import behaviour, make_unit

from toolchain.cc.ir.verifier import verify
from toolchain.cc.opt import pipeline
from toolchain.cc.opt.context import OptContext
from toolchain.cc.options import CompileOptions
from toolchain.diagnostics import Diagnostics

PASSES = sorted({step[0]: step for level in pipeline.EARLY + pipeline.LATE for step in level}.items())


def context() -> OptContext:
    options = CompileOptions()
    options.verify_ir = True
    return OptContext(options, Diagnostics("test", io.StringIO()).locations)


@pytest.mark.parametrize("name", [p[0] for p in PASSES])
@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 1 << 32))
def test_pass_keeps_behaviour(name: str, seed: int) -> None:
    step = dict(PASSES)[name]
    f = make_unit(seed)[0]
    verify(f)
    before = behaviour(f, seed)
    ctx = context()
    opt = pipeline.Optimizer(ctx)
    opt.steps(f, [step])
    after = behaviour(f, seed)
    assert not before or before == after
    opt.steps(f, [pipeline.PROMOTE, pipeline.PROPAGATE, step, pipeline.SIMPLIFY_CFG, step])
    after = behaviour(f, seed)
    assert not before or before == after


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 1 << 32), level=st.integers(0, 2), size=st.booleans())
def test_pipeline_keeps_behaviour(seed: int, level: int, size: bool) -> None:
    unit = make_unit(seed, 3)
    before = [behaviour(f, seed) for f in unit]
    for f in unit:
        f.level = level
        f.for_size = size
        f.inline_hint = seed & 1 == 1
    opt = pipeline.Optimizer(context())
    opt.phase1(unit, set())
    for f, b in zip(unit, before):
        opt.phase2(f)
        assert not b or b == behaviour(f, seed)
