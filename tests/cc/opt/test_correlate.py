"""What dominating branches tell of switches, of the value itself and of sums; dominators."""
from __future__ import annotations

import random

import pytest

from toolchain.cc.ir import cfg
from toolchain.cc.ir.interp import Interpreter
from toolchain.cc.ir.ir import Block
from toolchain.cc.ir.printer import print_function
from toolchain.cc.ir.reader import read_functions
from toolchain.cc.ir.verifier import verify
from toolchain.cc.opt import correlate, simplify_cfg

CASES = {
    # cases that a branch before has ruled out leave, and those behind keep their blocks
    "switch": ("""
function i32 @f(i32) {
b0:
  %1 = param i32 #0
  %2 = ult i32 %1, 4
  branch %2, b1, b6
b1: preds b0
  switch %1, b2, 1 b3, 9 b4, 3 b5
b2: preds b1
  ret 10
b3: preds b1
  ret 11
b4: preds b1
  %3 = call i32 @never(i32 %1)
  ret %3
b5: preds b1
  ret 13
b6: preds b0
  ret 20
}""", ["1 b3", "3 b5"], ["never", "9 b"], {0: 10, 1: 11, 2: 10, 3: 13, 4: 20, 9: 20}),
    # value != 0 is known from a comparison: the case for 0 and the branch on the value go
    "value": ("""
function i32 @f(i32) {
b0:
  %1 = param i32 #0
  %2 = eq i32 %1, 0
  branch %2, b1, b2
b1: preds b0
  ret 1
b2: preds b0
  branch %1, b3, b4
b3: preds b2
  switch %1, b5, 0 b4, 7 b6
b4: preds b2, b3
  %3 = call i32 @never(i32 0)
  ret %3
b5: preds b3
  ret 5
b6: preds b3
  ret 7
}""", ["ret 5", "ret 7"], ["never"], {0: 1, 7: 7, 3: 5}),
    # x > 0, so x - 1 does not reach the greatest unsigned number
    "sum": ("""
function i32 @f(i32) {
b0:
  %1 = param i32 #0
  %2 = slt i32 0, %1
  branch %2, b1, b2
b1: preds b0
  %3 = add i32 %1, -1
  %4 = ult i32 %3, 0x7fffffff
  branch %4, b2, b3
b2: preds b0, b1
  ret 2
b3: preds b1
  %5 = call i32 @never(i32 0)
  ret %5
}""", ["ret 2"], ["never"], {0: 2, 1: 2, 0x7FFFFFFF: 2, 0xFFFFFFFF: 2}),
    # the same sum wraps around if x may be 0
    "sum that wraps": ("""
function i32 @f(i32) {
b0:
  %1 = param i32 #0
  %2 = ult i32 %1, 10
  branch %2, b1, b2
b1: preds b0
  %3 = add i32 %1, -1
  %4 = ult i32 %3, 9
  branch %4, b2, b3
b2: preds b0, b1
  ret 2
b3: preds b1
  ret 3
}""", ["ret 3", "ult i32 %3"], [], {0: 3, 1: 2, 9: 2, 10: 2}),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_facts_of_branches(name: str) -> None:
    text, present, absent, results = CASES[name]
    f = read_functions(text)[0]
    correlate.run(f)
    verify(f)
    simplify_cfg.run(f)
    verify(f)
    out = print_function(f)
    assert all(p in out for p in present) and not any(a in out for a in absent), out
    before = read_functions(text)[0]
    for argument, wanted in results.items():
        assert Interpreter().call(before, [argument]) == wanted == Interpreter().call(f, [argument])


def graph(seed: int) -> list[Block]:
    """Random blocks in reverse post-order."""
    rng = random.Random(seed)
    template = read_functions("function void @f() {\nb0:\n  ret\n}")[0]
    blocks = [template.blocks[0], *(template.new_block() for _ in range(rng.randint(0, 30)))]
    for _ in range(rng.randint(len(blocks), 3 * len(blocks))):
        cfg.add_edge(rng.choice(blocks), rng.choice(blocks))
    template.blocks = blocks
    return cfg.order(template)


@pytest.mark.parametrize("seed", range(60))
def test_both_ways_to_dominators_agree(seed: int) -> None:
    blocks = graph(seed)
    cfg.dominators(blocks)
    slow = [b.idom for b in blocks]
    assert cfg._tree_dominators(blocks) == [b.order if b is not None else 0 for b in slow]
