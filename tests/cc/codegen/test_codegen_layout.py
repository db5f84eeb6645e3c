"""Order of blocks: sides of branches stand after the branch, loops in one piece, early returns out of the way at -O2."""
from __future__ import annotations

from toolchain.cc import types as ct
from toolchain.cc.codegen.layout import place
from toolchain.cc.codegen.mir import JUMP, MachineBlock, MachineFunction, MachineInstr
from toolchain.cc.ir.ir import Function, GlobalSymbol


def placed(edges: dict[str, str], depth: str = "", size: bool = False, cold: str = "") -> str:
    """The order in letters.  `edges`: successors of each block; `depth`: one digit per block."""
    f = MachineFunction(Function("f", ct.FunctionType(ct.INT, [], False, True), GlobalSymbol("f")))
    blocks: dict[str, MachineBlock] = {}
    for k, name in enumerate(edges):
        b = f.new_block()
        b.instrs = [MachineInstr(JUMP, [])]
        b.depth = int(depth[k]) if depth else 0
        b.cold = name in cold
        blocks[name] = b
        f.order.append(b)
    for name, succs in edges.items():
        for s in succs:
            blocks[name].succs.append(blocks[s])
            blocks[s].preds.append(blocks[name])
    names = {b.number: n for n, b in blocks.items()}
    place(f, size)
    return "".join(names[b.number] for b in f.order)


def test_a_side_stands_before_the_join() -> None:
    # a: if -> b, which is long (b, c), or straight to d; e is the block of the other edge
    assert placed({"a": "be", "b": "c", "c": "d", "e": "d", "d": "f", "f": ""}) == "abcedf"


def test_loops_stay_in_one_piece() -> None:
    # an exit from the middle of an endless loop comes after the loop
    assert placed({"a": "b", "b": "xc", "c": "b", "x": "y", "y": ""}, "01100") == "abcxy"


def test_early_returns_come_late_unless_size_counts() -> None:
    edges = {"a": "rb", "r": "", "b": "c", "c": "d", "d": "e", "e": ""}
    assert placed(edges) == "abcder"
    assert placed(edges, size=True) == "arbcde"


def test_cold_blocks_come_last_unless_size_counts() -> None:
    edges = {"a": "bc", "b": "d", "c": "d", "d": "e", "e": "f", "f": "g", "g": ""}
    assert placed(edges, cold="b") == "acdefgb"
    assert placed(edges, size=True) == "abcdefg"


def test_blocks_that_nothing_leads_to_stay() -> None:
    assert placed({"a": "b", "b": "", "z": ""}) == "abz"
