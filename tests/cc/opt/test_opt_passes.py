"""Each pass on a small function: what must be gone, what must be there."""
from __future__ import annotations

import io

import pytest

from toolchain.cc.ir.ir import DataObject
from toolchain.cc.ir.printer import print_function
from toolchain.cc.ir.reader import SymbolTable, read_functions
from toolchain.cc.ir.verifier import verify
from toolchain.cc.opt import pipeline
from toolchain.cc.opt.context import OptContext
from toolchain.cc.options import CompileOptions
from toolchain.diagnostics import Diagnostics


def context() -> OptContext:
    options = CompileOptions()
    options.verify_ir = True
    ctx = OptContext(options, Diagnostics("test", io.StringIO()).locations)
    ctx.strict_align = True
    return ctx


def optimized(text: str, *steps: tuple[str, pipeline.Pass], table: SymbolTable | None = None) -> str:
    f = read_functions(text, table)[0]
    verify(f)
    pipeline.Optimizer(context()).steps(f, list(steps))
    return print_function(f)


CASES = [
    ("dead branch", [pipeline.PROPAGATE, pipeline.SIMPLIFY_CFG], """
function i32 @f() {
b0:
  %1 = add i32 2, 3
  %2 = eq i32 %1, 5
  branch %2, b2, b1
b1: preds b0
  call void @never()
  jump b2
b2: preds b0, b1
  %3 = phi i32 [b0 7], [b1 8]
  ret %3
}""", ["ret 7"], ["never", "branch"]),
    ("record copies", [pipeline.PROMOTE], """
function i64 @f(i64) {
  slot $0 size 16 align 8
  slot $1 size 16 align 8
b0:
  %1 = param i64 #0
  memset #16 $0, 0:i8 align 8
  store i64 %1, [$0 + 8]
  memcpy #16 $1, $0 align 8
  %2 = load i64 [$1]
  %3 = load i64 [$1 + 8]
  %4 = add i64 %2, %3
  ret %4
}""", ["add i64"], ["memcpy", "memset", "load", "store"]),
    ("union parts", [pipeline.PROMOTE], """
function i32 @f(i64) {
  slot $0 size 8 align 8
b0:
  %1 = param i64 #0
  store i64 %1, [$0]
  %2 = load i8 [$0 + 3]
  %3 = zext i32 %2
  ret %3
}""", ["shr i64 %1, 24:i32", "trunc i8"], ["load", "store"]),
    ("common subexpression and store to load", [pipeline.GVN], """
function i64 @f(i64, i64, ptr) {
b0:
  %1 = param i64 #0
  %2 = param i64 #1
  %3 = param ptr #2
  %4 = add i64 %1, %2
  store i64 %4, [%3 + 8]
  %5 = add i64 %2, %1
  %6 = load i64 [%3 + 8]
  %7 = sub i64 %5, %6
  ret %7
}""", ["ret 0"], ["load"]),
    ("volatile loads stay", [pipeline.GVN, pipeline.DCE], """
function void @f(ptr) {
b0:
  %1 = param ptr #0
  %2 = load i32 [%1] volatile
  %3 = load i32 [%1] volatile
  ret
}""", ["%2 = load", "%3 = load"], []),
    ("a call may write what escaped", [pipeline.GVN], """
function i32 @f() {
  slot $0 size 4 align 4
b0:
  store i32 1, [$0]
  call void @g(ptr $0)
  %1 = load i32 [$0]
  ret %1
}""", ["ret %1"], []),
    ("zeroed and overwritten", [pipeline.DSE], """
function void @f(i64) {
  slot $0 size 32 align 8
b0:
  %1 = param i64 #0
  memset #32 $0, 0:i8 init_zero align 8
  store i64 %1, [$0]
  store i64 %1, [$0 + 8]
  call void @use(ptr $0)
  store i64 0, [$0]
  ret
}""", ["memset #16 $0+16"], ["store i64 0"]),
    ("thread a constant phi", [pipeline.JUMP_THREADING, pipeline.SIMPLIFY_CFG, pipeline.PROPAGATE], """
function i32 @f(i32) {
b0:
  %1 = param i32 #0
  branch %1, b1, b2
b1: preds b0
  call void @a()
  jump b3
b2: preds b0
  call void @b()
  jump b3
b3: preds b1, b2
  %2 = phi i32 [b1 1], [b2 0]
  branch %2, b4, b5
b4: preds b3
  ret 10
b5: preds b3
  ret 20
}""", ["ret 10", "ret 20"], ["phi"]),
    ("implied comparison", [pipeline.CORRELATE, pipeline.PROPAGATE], """
function i32 @f(i32) {
b0:
  %1 = param i32 #0
  %2 = ult i32 %1, 10
  branch %2, b1, b2
b1: preds b0
  %3 = slt i32 %1, 20
  branch %3, b3, b4
b3: preds b1
  ret 1
b4: preds b1
  call void @never()
  ret 2
b2: preds b0
  ret 3
}""", ["ret 1"], ["never"]),
    ("truth value", [pipeline.IF_CONVERSION, pipeline.SIMPLIFY_CFG], """
function i32 @f(i32, i32) {
b0:
  %1 = param i32 #0
  %2 = param i32 #1
  %3 = slt i32 %1, %2
  branch %3, b1, b2
b1: preds b0
  jump b2
b2: preds b0, b1
  %4 = phi i32 [b0 0], [b1 1]
  ret %4
}""", ["ret %3"], ["phi", "branch"]),
    ("signed division by a power of two", [pipeline.STRENGTH], """
function i32 @f(i32) for_size {
b0:
  %1 = param i32 #0
  %2 = sdiv i32 %1, 8
  ret %2
}""", ["sar i32", "shr i32"], ["sdiv"]),
    ("division by ten", [pipeline.STRENGTH], """
function i64 @f(i64) {
b0:
  %1 = param i64 #0
  %2 = udiv i64 %1, 10
  ret %2
}""", ["umulh i64"], ["udiv"]),
    ("invariant", [pipeline.LICM], """
function void @f(i64, i64, ptr) {
b0:
  %1 = param i64 #0
  %2 = param i64 #1
  %3 = param ptr #2
  jump b1
b1: preds b0, b1
  %4 = phi i64 [b0 0], [b1 %5]
  %6 = mul i64 %1, %2
  store i64 %6, [%3] volatile
  %5 = add i64 %4, 1
  branch %5, b1, b2
b2: preds b1
  ret
}""", ["%6 = mul i64 %1, %2\n  jump b1"], []),
    ("cheap values stay in the loop", [pipeline.LICM], """
function void @f(i64, i64, ptr) {
b0:
  %1 = param i64 #0
  %2 = param i64 #1
  %3 = param ptr #2
  jump b1
b1: preds b0, b1
  %4 = phi i64 [b0 0], [b1 %5]
  %6 = add i64 %1, 8
  store i64 %6, [%3] volatile
  %5 = add i64 %4, 1
  branch %5, b1, b2
b2: preds b1
  ret
}""", ["%4 = phi i64 [b0 0], [b1 %5]\n  %6 = add"], []),
    ("shifts stay in a loop with calls", [pipeline.LICM], """
function void @f(i64, i64, ptr) {
b0:
  %1 = param i64 #0
  %2 = param i64 #1
  %3 = param ptr #2
  jump b1
b1: preds b0, b1
  %4 = phi i64 [b0 0], [b1 %5]
  %6 = shl i64 %1, 3
  store i64 %6, [%3] volatile
  call void @g()
  %5 = add i64 %4, 1
  branch %5, b1, b2
b2: preds b1
  ret
}""", ["%4 = phi i64 [b0 0], [b1 %5]\n  %6 = shl"], []),
    ("shifts leave a loop without calls", [pipeline.LICM], """
function void @f(i64, i64, ptr) {
b0:
  %1 = param i64 #0
  %2 = param i64 #1
  %3 = param ptr #2
  jump b1
b1: preds b0, b1
  %4 = phi i64 [b0 0], [b1 %5]
  %6 = shl i64 %1, 3
  store i64 %6, [%3] volatile
  %5 = add i64 %4, 1
  branch %5, b1, b2
b2: preds b1
  ret
}""", ["%6 = shl i64 %1, 3\n  jump b1"], []),
    ("for size nothing leaves a loop with calls", [pipeline.LICM], """
function void @f(i64, i64, ptr) for_size {
b0:
  %1 = param i64 #0
  %2 = param i64 #1
  %3 = param ptr #2
  jump b1
b1: preds b0, b1
  %4 = phi i64 [b0 0], [b1 %5]
  %6 = mul i64 %1, %2
  store i64 %6, [%3] volatile
  call void @g()
  %5 = add i64 %4, 1
  branch %5, b1, b2
b2: preds b1
  ret
}""", ["%4 = phi i64 [b0 0], [b1 %5]\n  %6 = mul"], []),
    ("rotation", [pipeline.LOOP_ROTATION], """
function void @f(i64) {
b0:
  %1 = param i64 #0
  jump b1
b1: preds b0, b2
  %2 = phi i64 [b0 0], [b2 %4]
  %3 = ult i64 %2, %1
  branch %3, b2, b3
b2: preds b1
  call void @g(i64 %2)
  %4 = add i64 %2, 1
  jump b1
b3: preds b1
  ret
}""", ["ne i64 %1, 0"], []),
    ("tail call", [pipeline.TAIL_CALLS], """
function i32 @f(i32) {
b0:
  %1 = param i32 #0
  branch %1, b1, b2
b1: preds b0
  %2 = call i32 @g(i32 %1)
  jump b2
b2: preds b0, b1
  %3 = phi i32 [b0 0], [b1 %2]
  ret %3
}""", ["tail\n  ret %2"], []),
    ("equal tails", [pipeline.TAIL_MERGE], """
function i32 @f(i32, ptr) for_size {
b0:
  %1 = param i32 #0
  %2 = param ptr #1
  branch %1, b1, b2
b1: preds b0
  call void @a()
  call void @unlock(ptr %2)
  ret -5
b2: preds b0
  call void @b()
  call void @unlock(ptr %2)
  ret -22
}""", ["[b1 -5], [b2 -22]"], ["ret -5", "ret -22"]),
    ("bit test", [pipeline.SWITCH_LOWERING, pipeline.PROPAGATE], """
function i32 @f(i32) {
b0:
  %1 = param i32 #0
  switch %1, b1, 1 b2, 3 b2, 7 b2, 9 b2, 30 b2
b1: preds b0
  ret 0
b2: preds b0
  ret 1
}""", ["shl i64 1"], ["switch"]),
    ("known library calls", [pipeline.LIBRARY_CALLS, pipeline.PROPAGATE], """
function i32 @f(ptr, ptr, i32) {
b0:
  %1 = param ptr #0
  %2 = param ptr #1
  %3 = param i32 #2
  %4 = call ptr @memcpy(ptr %1, ptr %2, i64 8) builtin memcpy
  %5 = call i32 @isdigit(i32 %3) builtin isdigit
  ret %5
}""", ["memcpy #8 %1, %2", "ult i32"], ["call"]),
    ("late decisions", [pipeline.RESOLVE_BUILTINS], """
function i64 @f(i32) {
  slot $0 size 24 align 8
b0:
  %1 = param i32 #0
  %2 = constp i32 %1
  %3 = expect i32 #1 %1
  %4 = objsize i64 #0 $0+8
  %5 = zext i64 %2
  %6 = add i64 %4, %5
  ret %6
}""", ["add i64 %5, 16", "zext i64 0:i32"], ["constp", "expect", "objsize"]),
    ("alignment of the object", [pipeline.ALIGNMENT], """
function void @f() {
  slot $0 size 16 align 1
b0:
  %1 = load i32 [$0 + 4] align 1
  %2 = load i64 [$0 + 4] align 1
  ret
}""", ["load i32 [$0 + 4]\n", "load i64 [$0 + 4] align 4"], []),
    ("a rotation written in 64 bits", [pipeline.NARROW, pipeline.PROPAGATE, pipeline.DCE], """
function i32 @f(i32, i32) {
b0:
  %1 = param i32 #0
  %2 = param i32 #1
  %3 = zext i64 %1
  %4 = shl i64 %3, 7:i32
  %5 = shr i64 %3, 25:i32
  %6 = or i64 %4, %5
  %7 = and i64 %6, 4294967295
  %8 = zext i64 %2
  %9 = add i64 %7, %8
  %10 = trunc i32 %9
  ret %10
}""", ["rotl i32 %1, 7", "add i32"], ["i64", "and"]),
    ("half of a sum over a loop", [pipeline.NARROW], """
function i64 @f(ptr, i64) {
b0:
  %1 = param ptr #0
  %2 = param i64 #1
  jump b1
b1: preds b0, b1
  %3 = phi i64 [b0 %2], [b1 %6]
  %4 = load i64 [%1]
  %5 = mul i64 %3, 10
  %6 = add i64 %5, %4
  %7 = ult i64 %4, 5
  branch %7, b1, b2
b2: preds b1
  %8 = and i64 %6, 255
  ret %8
}""", ["phi i32", "mul i32", "add i32", "zext i64", "load i64"], ["mul i64", "add i64", "phi i64"]),
    ("a range by one comparison", [pipeline.COMBINE_TESTS, pipeline.DCE], """
function i32 @f(i32) {
b0:
  %1 = param i32 #0
  %2 = slt i32 %1, 48
  branch %2, b2, b1
b1: preds b0
  %3 = slt i32 57, %1
  branch %3, b2, b3
b2: preds b0, b1
  ret 5
b3: preds b1
  ret 6
}""", ["add i32 %1, -48", "ult i32 %"], ["slt"]),
    ("a range as a value", [pipeline.COMBINE_TESTS, pipeline.DCE], """
function i32 @f(i32) {
b0:
  %1 = param i32 #0
  %2 = slt i32 %1, 5
  branch %2, b2, b1
b1: preds b0
  %3 = ne i32 %1, 9
  jump b2
b2: preds b0, b1
  %4 = phi i32 [b0 1], [b1 %3]
  ret %4
}""", ["ne i32 %1, 9"], ["branch", "slt"]),
    ("two values for zero", [pipeline.COMBINE_TESTS, pipeline.DCE], """
function i32 @f(i64, i64) {
b0:
  %1 = param i64 #0
  %2 = param i64 #1
  branch %1, b2, b1
b1: preds b0
  branch %2, b2, b3
b2: preds b0, b1
  ret 5
b3: preds b1
  ret 6
}""", ["or i64 %1, %2"], ["b3: preds b1"]),
    ("tests that say different things stay", [pipeline.COMBINE_TESTS, pipeline.DCE], """
function i32 @f(i32, ptr) {
b0:
  %1 = param i32 #0
  %2 = param ptr #1
  %3 = slt i32 %1, 10
  branch %3, b1, b2
b1: preds b0
  %4 = load i32 [%2]
  branch %4, b2, b3
b2: preds b0, b1
  %5 = ne i32 %1, 50
  branch %5, b4, b3
b3: preds b1, b2, b4
  ret 6
b4: preds b2
  %6 = ne i32 %1, 70
  branch %6, b5, b3
b5: preds b4
  ret 7
}""", ["slt i32 %1, 10", "ne i32 %1, 50", "ne i32 %1, 70", "load"], []),
    ("what is used in full stays wide", [pipeline.NARROW], """
function i32 @f(i64, i64, ptr) {
b0:
  %1 = param i64 #0
  %2 = param i64 #1
  %3 = param ptr #2
  %4 = mul i64 %1, %2
  %5 = add i64 %4, %1
  store i64 %5, [%3]
  %6 = shr i64 %1, 3:i32
  %7 = xor i64 %6, %4
  %8 = trunc i32 %7
  ret %8
}""", ["mul i64", "add i64", "shr i64", "xor i32"], ["mul i32", "add i32", "shr i32"]),
]


@pytest.mark.parametrize("name, steps, text, present, absent", CASES, ids=[c[0] for c in CASES])
def test_pass(name: str, steps: list[tuple[str, pipeline.Pass]], text: str, present: list[str], absent: list[str]) -> None:
    out = optimized(text, *steps)
    for p in present:
        assert p in out, out
    for a in absent:
        assert a not in out, out


DIAMOND = """
function i32 @f(i32, i32, i32){words} {{
b0:
  %1 = param i32 #0
  %2 = param i32 #1
  %3 = param i32 #2
  %4 = slt i32 %1, %2
  branch %4, b1, b2
b1: preds b0
  %5 = {side}
  jump b2
b2: preds b0, b1
  %6 = phi i32 [b0 %3], [b1 %5]
  ret %6
}}"""


@pytest.mark.parametrize("side, words, phase, select, converted", [
    ("add i32 %1, 1", "", 2, True, True),
    ("add i32 %1, 1", "", 2, False, False),          # no conditional move
    ("add i32 %1, 1", "", 1, True, False),           # other passes still learn from the branch
    ("add i32 %1, 1", " for_size", 2, True, False),  # no shorter
    ("mul i32 %1, %2", "", 2, True, False),          # too long to be done in vain
    ("shl i32 %1, %2", "", 2, True, False),
    ("sdiv i32 %1, %2", "", 2, True, False),
])
def test_conditional_moves(side: str, words: str, phase: int, select: bool, converted: bool) -> None:
    f = read_functions(DIAMOND.format(side=side, words=words))[0]
    ctx = context()
    ctx.has_select = select
    ctx.phase = phase
    pipeline.Optimizer(ctx).steps(f, [pipeline.IF_CONVERSION, pipeline.SIMPLIFY_CFG])
    assert ("select" in print_function(f)) == converted and len(f.blocks) == (1 if converted else 3)


def test_unlikely_sides_are_cold_and_not_converted() -> None:
    f = read_functions(DIAMOND.format(side="add i32 %1, 1", words=""))[0]
    f.blocks[0].instrs[-1].imm = 100
    ctx = context()
    ctx.has_select = True
    ctx.phase = 2
    pipeline.Optimizer(ctx).steps(f, [pipeline.UNLIKELY, pipeline.IF_CONVERSION, pipeline.SIMPLIFY_CFG])
    assert [b.cold for b in f.blocks] == [False, True, False]


def test_what_only_leads_to_cold_code_is_cold() -> None:
    f = read_functions("""
function void @f(i32, i32) {
b0:
  %1 = param i32 #0
  %2 = param i32 #1
  branch %1, b1, b2
b1: preds b0
  branch %2, b3, b4
b3: preds b1
  call void @one()
  jump b5
b4: preds b1
  call void @two()
  jump b5
b5: preds b3, b4
  call void @exit(i32 1) noreturn
  unreachable
b2: preds b0
  branch %2, b6, b7
b6: preds b2
  call void @warn()
  jump b7
b7: preds b2, b6
  ret
}""")[0]
    f.blocks[0].instrs[-1].imm = 900            # b2 is unlikely
    opt = pipeline.Optimizer(context())
    opt.steps(f, [pipeline.UNLIKELY])
    assert {b.id: b.cold for b in f.blocks} == {0: False, 1: False, 3: False, 4: False, 5: True, 2: True, 6: True, 7: True}
    f.for_size = True
    for b in f.blocks:
        b.cold = False
    opt.steps(f, [pipeline.UNLIKELY])
    assert not any(b.cold for b in f.blocks)


def test_constant_data_folds() -> None:
    table = SymbolTable()
    s = table.get("table")
    s.defined = True
    s.readonly_data = DataObject(s, "", 4, b"\1\0\0\0\2\0\0\0")
    out = optimized("function i32 @f() {\nb0:\n  %1 = load i32 [@table + 4]\n  ret %1\n}", pipeline.PROPAGATE, table=table)
    assert "ret 2" in out


UNIT = """
function i32 @leaf(i32) local {
b0:
  %1 = param i32 #0
  %2 = constp i32 %1
  branch %2, b1, b2
b1: preds b0
  ret 1
b2: preds b0
  %3 = call i32 @slow(i32 %1)
  ret %3
}
function i32 @caller(i32) {
b0:
  %1 = param i32 #0
  %2 = call i32 @leaf(i32 5)
  %3 = call i32 @leaf(i32 %1)
  %4 = add i32 %2, %3
  ret %4
}
function i32 @must(i32) local always_inline level 0 {
b0:
  %1 = param i32 #0
  ret %1
}
function i32 @plain(i32) level 0 {
b0:
  %1 = param i32 #0
  %2 = call i32 @must(i32 %1)
  ret %2
}
"""


def test_constant_p_is_decided_after_inlining() -> None:
    unit = read_functions(UNIT)
    opt = pipeline.Optimizer(context())
    opt.phase1(unit, {"caller", "plain"})
    for f in unit:
        opt.phase2(f)
    text = print_function(unit[1])
    assert text.count("@slow") == 1 and "@leaf" not in text and ", 1" in text
    assert "@must" not in print_function(unit[3])


def test_equal_assembly_is_computed_once() -> None:
    text = """function i64 @f(i64) {{
b0:
  %1 = param i64 #0
  %2 = asm i64 "mv %0, %1" (out "=r" i64, "r" i64 %1){0}
  jump b1
b1: preds b0
  %4 = sub i64 %2, 1
  ret %4
}}"""
    f = read_functions(text.format(""))[0]
    first = f.blocks[0].instrs[1]
    again = f.instr(first.op, first.ty)
    again.aux = first.aux
    again.ext = list(first.ext)
    f.blocks[1].instrs.insert(0, again)
    f.blocks[1].instrs[1].b = again
    pipeline.Optimizer(context()).steps(f, [pipeline.GVN])
    assert "ret 0" in print_function(f)


def test_branches_teach_at_every_level_above_0() -> None:
    """What -O1 folds too: an inner comparison that the outer one decides."""
    text = """function void @f(i32, i32) level {level} {{
b0:
  %1 = param i32 #0
  %2 = param i32 #1
  %3 = slt i32 %1, %2
  branch %3, b1, b2
b1: preds b0
  %4 = slt i32 %2, %1
  branch %4, b3, b2
b3: preds b1
  call void @never()
  jump b2
b2: preds b0, b1, b3
  ret
}}"""
    for level in (1, 2):
        f = read_functions(text.format(level=level))[0]
        pipeline.Optimizer(context()).phase2(f)
        assert "@never" not in print_function(f)


def test_bisect_limit_stops_optional_passes() -> None:
    text = CASES[3][2]
    f = read_functions(text)[0]
    ctx = context()
    ctx.options.opt_bisect_limit = 0
    pipeline.Optimizer(ctx).steps(f, [pipeline.GVN])
    assert "ret %7" in print_function(f)
