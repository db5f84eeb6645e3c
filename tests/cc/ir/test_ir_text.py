"""Printer, reader, verifier."""
from __future__ import annotations

import pytest

from toolchain.cc.ir.printer import print_function
from toolchain.cc.ir.reader import read_function
from toolchain.cc.ir.verifier import IRError, verify

TEXT = """\
function i32 @f(i32, ptr, record:24:8) local level 2 {
  slot $0 size 16 align 8 "buffer"
b0:
  %1 = param i32 #0
  %2 = param ptr #1
  param_record $0, #2
  %3 = load i32 [%2 + 8] volatile align 4
  %4 = add i32 %1, 5
  %9 = add ptr %2, -7
  %10 = select ptr %3, %9, $0+8
  store i32 %4, [@table - 4] align 2
  store i64 -1, [$0 + 8]
  %12 = eq i64 7, 8
  branch #900 %4, b1, b2
b1: preds b0
  %5 = call i32 @g(i32 %4, ptr $0, f64 0x3ff0000000000000:f64, ...) pure 1 noreturn
  call record:24:8 %2(result $0, record:24:8 $0+8)
  %20 = asm i32 "add %0, %1\\n\\t\\"x\\"" (out "=r" i32 early, "r" i32 %4, "m" i32 %2 memory size 4) clobber "memory" clobber_memory volatile_asm
  jump b2
b2: preds b0, b1
  %6 = phi i32 [b0 %4], [b1 %5]
  %7 = phi ptr [b0 @f+4], [b1 $0]
  %8 = shl i64 undef:i64, 3:i32
  switch %6, b3, 1 b2x, 5..9 b5
b3: preds b2
  ret %6
}
"""


def normal(text: str) -> str:
    return text.replace("  param_record $0, #2\n", "  param_record #2 $0\n").replace(
        "  switch %6, b3, 1 b2x, 5..9 b5\nb3: preds b2\n", "  switch %6, b3, 1 b4, 5..9 b5\nb4: preds b2\n  unreachable\nb5: preds b2\n  ijump &b3, b3\nb3: preds b2, b5\n")


def test_round_trip() -> None:
    text = normal(TEXT)
    f = read_function(text)
    assert print_function(f) == text
    verify(f)


@pytest.mark.parametrize("body, message", [
    ("b0:\n  %1 = add i32 %2, 1\n  %2 = add i32 1, 1\n  ret %1\n", "before its definition"),
    ("b0:\n  %1 = add i32 1:i64, 1\n  ret %1\n", "type of the first operand"),
    ("b0:\n  %1 = add i32 1, 1\n", "no terminator"),
    ("b0:\n  jump b1\nb1:\n  branch 1, b0, b2\nb2:\n  ret\n", "entry has predecessors"),
    ("b0:\n  branch 1, b1, b2\nb1:\n  %1 = add i32 1, 1\n  jump b2\nb2:\n  ret %1\n", "does not dominate"),
])
def test_verifier_finds(body: str, message: str) -> None:
    f = read_function("function void @f() {\n" + body + "}\n")
    with pytest.raises(IRError, match=message):
        verify(f)
