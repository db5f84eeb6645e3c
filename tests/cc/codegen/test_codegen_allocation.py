"""Decisions of the register allocator and of the frame layout, each on the smallest case that shows it."""
from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest

from toolchain.cc import types as ct
from toolchain.cc.codegen.frame import place_slots
from toolchain.cc.codegen.intervals import Interval, Intervals
from toolchain.cc.codegen.liveness import Liveness
from toolchain.cc.codegen.mir import F_DEAD, LOCAL, NOP, SPILL_SLOT, MachineFunction, MachineInstr
from toolchain.cc.codegen.regalloc import LinearScan
from toolchain.cc.codegen.resolve import Resolver
from toolchain.cc.ir.ir import Function, GlobalSymbol
from toolchain.cc.options import CompileOptions
from toolchain.cc.riscv.target import RiscvTarget
from toolchain.context import ToolContext
from toolchain.driver.main import main as driver
from toolchain.mc.model import operand


def machine() -> MachineFunction:
    """A function of one block."""
    f = MachineFunction(Function("f", ct.FunctionType(ct.INT, [], False, True), GlobalSymbol("f")))
    b = f.new_block()
    b.instrs = [MachineInstr(NOP, [])]
    f.order.append(b)
    return f


def scanned(lives: list[list[int]], size: bool = False) -> list[Interval]:
    """Allocate values by their positions of mention with two registers; all stand in one block."""
    f = machine()
    f.source.for_size = size
    target = RiscvTarget(CompileOptions())
    intervals = Intervals(f, target.descs, Liveness(f, target.descs), 0)
    out: list[Interval] = []
    for n, uses in enumerate(lives):
        it = Interval(n, 0)
        it.family.append(it)
        it.ranges = [uses[0], uses[-1] + 1]
        it.uses = list(uses)
        it.writes = [uses[0]]
        out.append(it)
    intervals.of = list(out)
    scan = LinearScan(f, target, intervals)
    scan.class_masks = [0b11 << 8] * len(scan.class_masks)
    scan.run()
    return out


RARE = [1, 20, 200]
OFTEN = [3, 22, 32, 42, 52, 62, 72]
NEW = [11, 14, 17, 18, 24, 26, 28]


def test_a_value_takes_over_from_who_is_mentioned_least() -> None:
    """Not from who is mentioned next: that one would be back all the time."""
    for size in (False, True):
        a, b, c = scanned([RARE, OFTEN, NEW], size)
        assert a.ranges == [1, 11] and b.ranges[-1] > 11
        assert c.register == a.register


def test_nobody_takes_over_from_equals() -> None:
    """A value that is mentioned no more often than the owners waits in memory itself."""
    _, _, c = scanned([[1, 20, 30, 40, 50, 200], [3, 22, 32, 42, 52, 180], [11, 60, 100]])
    assert len(c.family) > 1 and any(q.spilled for q in c.family)


def test_slots_mentioned_often_lie_near() -> None:
    """Offsets rise with size per mention; arrays are above scalars, the guard above all."""
    f = machine()
    rare, often, array, guard, unused = [f.new_slot(n, 8, kind) for n, kind in ((8, LOCAL), (16, SPILL_SLOT), (8, LOCAL), (8, LOCAL), (8, LOCAL))]
    array.is_array = True
    guard.is_guard = True
    f.outgoing_bytes = 4
    mentions = [rare, array, guard] + [often] * 5 + [array] * 20 + [guard] * 30
    f.order[0].instrs = [MachineInstr(NOP, [operand.slot(s.index)]) for s in mentions]
    end, align = place_slots(f, RiscvTarget(CompileOptions()))
    assert [s.offset for s in (often, rare, array, guard)] == [8, 24, 32, 40]
    assert (end, align) == (48, 8) and not unused.placed


def test_slots_of_equal_weight_keep_their_order() -> None:
    f = machine()
    slots = [f.new_slot(8, 8, SPILL_SLOT) for _ in range(4)]
    f.order[0].instrs = [MachineInstr(NOP, [operand.slot(s.index)]) for s in reversed(slots)]
    place_slots(f, RiscvTarget(CompileOptions()))
    assert [s.offset for s in slots] == [0, 8, 16, 24]


def test_a_dropped_definition_is_made_again_in_every_part() -> None:
    """The first part of a value whose definition may be repeated holds nothing once the definition is dropped."""
    f = machine()
    target = RiscvTarget(CompileOptions())
    live = Liveness(f, target.descs)
    whole = Interval(0, 0)
    whole.family.append(whole)
    whole.ranges = [1, 40]
    whole.uses = [1, 30]
    whole.writes = [1]
    whole.register = 9
    later = whole.split(20)
    later.register = 9
    whole.definition = MachineInstr(NOP, [])
    resolver = Resolver(f, target, Intervals(f, target.descs, live, 0), live, [], [whole])
    resolver.starts = [0]
    resolver.plan(whole)
    assert whole.definition.flags & F_DEAD
    assert whole.spilled and whole.register < 0 and resolver.needed(whole, later)


GLOBAL_REGISTER = """
register long kept asm("REGISTER");
void ext(void);
void gone(void) __attribute__((noreturn));
void set(long x) { kept = x; }
void leave(long x) { kept = x; gone(); }
long other(long *p) { long s = *p; ext(); return s + 1; }
long twice(void) { long a = kept; ext(); return a + kept; }
"""


@pytest.mark.parametrize("triple, register", [("x86_64-linux-gnu", "rbx"), ("riscv64-linux-gnu", "s1")])
@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_global_register_variables_keep_their_register(tmp_path: Path, triple: str, register: str, level: str) -> None:
    """Functions set and read it, also in front of a call that does not return; none saves it, restores it or has it for another value,
    and a call may change it."""
    (tmp_path / "a.c").write_text(GLOBAL_REGISTER.replace("REGISTER", register))
    err = io.StringIO()
    context = ToolContext(str(tmp_path), dict(os.environ), io.BytesIO(), io.BytesIO(), err)
    assert driver([f"--target={triple}", level, "-S", "-o", "a.s", "a.c"], context) == 0, err.getvalue()
    code = dict(re.findall(r"^(set|leave|other|twice):\n(.*?)\.size", (tmp_path / "a.s").read_text(), re.S | re.M))
    name = rf"%?\b{register}\b"
    writes = rf"mv\s+{name}," if triple.startswith("riscv") else rf"movq\s+\S+, {name}"
    assert len(re.findall(name, code["set"])) == len(re.findall(name, code["leave"])) == 1
    assert re.search(writes, code["set"]) and re.search(writes, code["leave"])
    assert not re.search(name, code["other"])
    assert len(re.findall(name, code["twice"])) == 2
