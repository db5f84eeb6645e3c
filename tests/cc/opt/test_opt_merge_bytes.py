"""Bytes that are read or written one by one: merged where that is right, left alone where it is not."""
from __future__ import annotations

import io

import pytest

from toolchain.cc.ir.printer import print_function
from toolchain.cc.ir.reader import read_functions
from toolchain.cc.ir.verifier import verify
from toolchain.cc.opt import pipeline
from toolchain.cc.opt.context import OptContext
from toolchain.cc.options import CompileOptions
from toolchain.diagnostics import Diagnostics

BIG_ENDIAN = """
function i32 @f(ptr) {
b0:
  %1 = param ptr #0
  %2 = load i8 [%1]
  %3 = zext i32 %2
  %4 = shl i32 %3, 8
  BETWEEN
  %5 = load i8 [%1 + 1]
  %6 = zext i32 %5
  %7 = or i32 %4, %6
  ret %7
}"""

STORES = """
function void @f(ptr, ptr) {
b0:
  %1 = param ptr #0
  %2 = param ptr #1
  store i32 0, [%1 + 8]
  BETWEEN
  store i32 0, [%1 + 12]
  ret
}"""

SWAPPED = """
function void @f(ptr, i32) {
b0:
  %1 = param ptr #0
  %2 = param i32 #1
  %3 = shr i32 %2, 24
  %4 = trunc i8 %3
  store i8 %4, [%1]
  %5 = shr i32 %2, 16
  %6 = trunc i8 %5
  store i8 %6, [%1 + 1]
  %7 = shr i32 %2, 8
  %8 = trunc i8 %7
  store i8 %8, [%1 + 2]
  %9 = trunc i8 %2
  store i8 %9, [%1 + 3]
  ret
}"""


def optimized(text: str, strict_align: bool = False) -> str:
    f = read_functions(text, None)[0]
    verify(f)
    options = CompileOptions()
    options.verify_ir = True
    ctx = OptContext(options, Diagnostics("test", io.StringIO()).locations)
    ctx.strict_align = strict_align
    pipeline.Optimizer(ctx).steps(f, [pipeline.MERGE_BYTES, pipeline.DCE])
    return print_function(f)


def test_loads_in_big_endian_order() -> None:
    out = optimized(BIG_ENDIAN.replace("BETWEEN", ""))
    assert "load i16" in out and "bswap i32" in out and "load i8" not in out


@pytest.mark.parametrize("between", ["call void @g()", "store i8 1, [%1 + 1]"])
def test_loads_with_a_write_between_stay(between: str) -> None:
    assert optimized(BIG_ENDIAN.replace("BETWEEN", between)).count("load i8") == 2


def test_stores_of_constants() -> None:
    out = optimized(STORES.replace("BETWEEN", ""))
    assert "store i64 0, [%1 + 8]" in out and "store i32" not in out


@pytest.mark.parametrize("between", ["call void @g()", "%3 = load i32 [%2]\n  store i32 %3, [%2]", "store i32 1, [%1 + 10] align 1"])
def test_stores_with_something_between_stay(between: str) -> None:
    assert "store i64" not in optimized(STORES.replace("BETWEEN", between))


def test_stores_of_the_bytes_of_a_value() -> None:
    out = optimized(SWAPPED)
    assert "bswap i32" in out and "store i8" not in out and "store i32" in out


def test_nothing_where_misaligned_accesses_are_expensive() -> None:
    assert optimized(SWAPPED, True).count("store i8") == 4
