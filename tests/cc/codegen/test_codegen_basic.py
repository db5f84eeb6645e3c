"""Integer functions with calls, loops and memory, from IR text to a program under QEMU."""
from __future__ import annotations

import pytest
from codegen_support import HAVE_RISCV, compile_text, run_with_c

pytestmark = pytest.mark.skipif(not HAVE_RISCV, reason="needs riscv64-linux-gnu-gcc and qemu-riscv64")

TEXT = """\
function i32 @sum(ptr, i32) level 2 {
b0:
  %1 = param ptr #0
  %2 = param i32 #1
  %3 = slt i32 0:i32, %2
  branch %3, b1, b2
b1: preds b0, b1
  %4 = phi i32 [b0 0], [b1 %8]
  %5 = phi i32 [b0 0], [b1 %9]
  %6 = sext i64 %4
  %7 = shl i64 %6, 2
  %10 = add ptr %1, %7
  %11 = load i32 [%10]
  %9 = add i32 %5, %11
  %8 = add i32 %4, 1
  %12 = slt i32 %8, %2
  branch %12, b1, b2
b2: preds b0, b1
  %13 = phi i32 [b0 0], [b1 %9]
  ret %13
}

function i64 @fact(i64) level 2 {
b0:
  %1 = param i64 #0
  %2 = eq i64 %1, 0
  branch %2, b1, b2
b1: preds b0
  ret 1:i64
b2: preds b0
  %3 = sub i64 %1, 1
  %4 = call i64 @fact(i64 %3)
  %5 = mul i64 %1, %4
  ret %5
}

function i32 @many(i32, i32, i32, i32, i32, i32, i32, i32, i32, i32) level 2 {
b0:
  %1 = param i32 #0
  %2 = param i32 #1
  %3 = param i32 #2
  %4 = param i32 #3
  %5 = param i32 #4
  %6 = param i32 #5
  %7 = param i32 #6
  %8 = param i32 #7
  %9 = param i32 #8
  %10 = param i32 #9
  %11 = call i32 @many2(i32 %10, i32 %9, i32 %8, i32 %7, i32 %6, i32 %5, i32 %4, i32 %3, i32 %2, i32 %1)
  %12 = add i32 %1, %2
  %13 = add i32 %12, %3
  %14 = add i32 %13, %4
  %15 = mul i32 %14, %5
  %16 = add i32 %15, %6
  %17 = xor i32 %16, %7
  %18 = add i32 %17, %8
  %19 = sub i32 %18, %9
  %20 = mul i32 %19, %10
  %21 = add i32 %20, %11
  ret %21
}
"""
DRIVER = """
#include <stdio.h>
int sum(int *, int); long fact(long);
int many(int,int,int,int,int,int,int,int,int,int);
int many2(int a,int b,int c,int d,int e,int f,int g,int h,int i,int j) { return a*1+b*2+c*3+d*4+e*5+f*6+g*7+h*8+i*9+j*10; }
int main(void) {
  int a[] = {1, 2, 3, -10, 100};
  printf("%d %d %ld %d\\n", sum(a, 5), sum(a, 0), fact(10), many(1,2,3,4,5,6,7,8,9,10));
}
"""


def test_integer_functions(tmp_path: object) -> None:
    obj = compile_text(TEXT)
    expect = (((1 + 2 + 3 + 4) * 5 + 6 ^ 7) + 8 - 9) * 10
    many2 = sum((10 - k) * (k + 1) for k in range(10))
    assert run_with_c(str(tmp_path), obj, DRIVER) == f"96 0 3628800 {expect + many2}\n"
