"""-g: what a debugger makes of our programs, and that debug information never changes code."""
from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.binutils.addr2line import main as addr2line
from toolchain.binutils.objdump import main as objdump
from toolchain.context import Tool, ToolContext
from toolchain.driver.main import main as driver
from toolchain.elf.reader import ElfFile

TEXT = r"""#include <stdio.h>
struct point { int x, y; };
enum colour { RED, GREEN = 5, BLUE };
struct item {
    const char *name;
    struct point at;
    enum colour colour;
    unsigned low : 3, high : 5;
    int values[4];
    struct item *next;
    double weight;
};
static int counter;
int global_array[3] = { 1, 2, 3 };

__attribute__((noinline)) static int deepest(int depth, struct item *it)
{
    int local = depth * 2;
    counter += local;
    it->values[1] = counter;
    return local + it->at.x;
}

static inline int square(int v)
{
    int result = v * v;
    counter += result;                          /* square */
    return result;
}

__attribute__((noinline)) int recurse(int n, struct item *it)
{
    if (n == 0)
        return deepest(7, it) + 1;
    int below = recurse(n - 1, it);
    return below + n;
}

__attribute__((noinline)) int blocks(int n)
{
    int total = 0;
    for (int i = 0; i < n; i++) {
        int twice = i * 2;
        if (twice > 2) {
            int total = 100;
            counter += total;
        }
        total += square(twice);                 /* call */
    }
    return total;
}

int main(int argc, char **argv)
{
    struct item it = { "thing", { 3, 4 }, BLUE, 5, 17, { 10, 20, 30, 40 }, 0, 1.5 };
    static int calls = 9;
    it.next = &it;
    calls += argc;
    int r = recurse(3, &it);
    int b = blocks(4);
    printf("%d %d %d\n", r, b, calls);
    return 0;
}
"""
LINES = TEXT.split("\n")
SESSION = """set pagination off
set confirm off
set width 0
set debuginfod enabled off
break deepest
run
bt
next
info locals
p *it
p it->colour
p it->high
p it->next->at
p global_array

up
info args
up
up
up
up
info locals
delete
break t.c:{square}
continue
bt
info locals
kill
quit
"""
EVERYWHERE = """set pagination off
set confirm off
set width 0
set debuginfod enabled off
break *recurse
run
set $k = 0
while $k < 80
  stepi
  bt
  set $k = $k + 1
end
kill
quit
"""


def line_of(text: str) -> int:
    return next(k for k, line in enumerate(LINES, 1) if text in line)


def run(tool: Tool, arguments: list[str], folder: Path) -> str:
    errors, out = io.StringIO(), io.BytesIO()
    context = ToolContext(str(folder), {**os.environ, "XDG_CACHE_HOME": str(folder)}, io.BytesIO(), out, errors)
    assert tool(arguments, context) == 0, errors.getvalue()
    return out.getvalue().decode()


def compiled(tmp_path: Path, level: str, *more: str) -> Path:
    (tmp_path / "t.c").write_text(TEXT)
    run(driver, ["--target=x86_64-linux-gnu", "-g", f"-O{level}", *more, "t.c", "-o", "t"], tmp_path)
    return tmp_path / "t"


def gdb(tmp_path: Path, script: str) -> str:
    if shutil.which("gdb") is None or os.uname().machine != "x86_64":
        pytest.skip("needs gdb on x86-64")
    (tmp_path / "s.gdb").write_text(script)
    out = subprocess.run(["gdb", "-q", "-nx", "-batch", "-x", "s.gdb", "./t"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    if "ptrace: Operation not permitted" in out.stdout + out.stderr:
        pytest.skip("no ptrace here")
    return out.stdout + out.stderr


@pytest.mark.parametrize("level", ["0", "1", "2", "s"])
def test_session(tmp_path: Path, level: str) -> None:
    compiled(tmp_path, level)
    text = gdb(tmp_path, SESSION.format(square=line_of("/* square */")))
    optimised = level != "0"
    it = "(0x[0-9a-f]+|<optimized out>)" if optimised else "0x[0-9a-f]+"
    n = "<optimized out>" if optimised else "0"
    for wanted in (
            r"Breakpoint 1, deepest \(depth=7, it=0x[0-9a-f]+\) at .*t\.c:18",
            r"#0  deepest \(depth=7, it=0x[0-9a-f]+\) at ",
            rf"#1  0x[0-9a-f]+ in recurse \(n=({n}|0), it={it}\) at ",
            rf"#4  0x[0-9a-f]+ in recurse \(n=3, it={it}\) at ",
            r"#5  0x[0-9a-f]+ in main \(argc=.*\) at ",
            r"\nlocal = 14\n",
            r"name = 0x[0-9a-f]+ \"thing\", at = \{x = 3, y = 4\}, colour = BLUE, low = 5, high = 17, values = \{10, 20, 30, 40\}, next = 0x[0-9a-f]+, "
            r"weight = 1.5\}",
            r"= BLUE\n", r"= 17\n", r"= \{x = 3, y = 4\}\n", r"= \{1, 2, 3\}\n", rf"\nn = ({n}|0)\n", r"\nit = \{name = 0x", r"\ncalls = 10\n",
            r"\nresult = 0\n",
            r"#1  (0x[0-9a-f]+ in )?blocks \(n=4\) at ",
            r"#2  0x[0-9a-f]+ in main "):
        assert re.search(wanted, text), (wanted, text)


@pytest.mark.parametrize("flags", [["-O0"], ["-O2"], ["-O2", "-fno-omit-frame-pointer"]])
def test_frames_at_every_instruction(tmp_path: Path, flags: list[str]) -> None:
    compiled(tmp_path, "2", *flags)
    stops = gdb(tmp_path, EVERYWHERE).split("\n#0 ")[1:]
    assert len(stops) >= 80
    for stop in stops:
        frames = re.findall(r"^(?:#\d+ )? +(?:0x[0-9a-f]+ in )?(\w+) \(", stop, re.M)
        assert frames[-1] == "main", stop
        assert set(frames[1:-1]) <= {"recurse", "deepest", "blocks", "square"}, stop


def test_addresses(tmp_path: Path) -> None:
    program = compiled(tmp_path, "2")
    text = run(objdump, ["-d", "-S", "-l", "t"], tmp_path)
    body = text[text.index("<blocks>:"):]
    body = body[:body.index("<main>:")]
    assert "square():\n" in body and "int result = v * v;" in body and "total += square(twice);" in body
    place = re.search(r"int result = v \* v;\n *([0-9a-f]+):", body)
    assert place is not None
    out = run(addr2line, ["-f", "-i", "-e", str(program), place.group(1)], tmp_path).split("\n")
    assert out[0] == "square" and out[1].endswith(f"t.c:{line_of('v * v')}")
    assert out[2] == "blocks" and out[3].endswith(f"t.c:{line_of('/* call */')}")


@pytest.mark.parametrize("target", ["x86_64-linux-gnu", "riscv64-linux-gnu"])
@pytest.mark.parametrize("level", ["0", "1", "2", "s"])
def test_code_does_not_change(tmp_path: Path, target: str, level: str) -> None:
    (tmp_path / "t.c").write_text(TEXT.replace("#include <stdio.h>", "int printf(const char *, ...);"))
    code: list[list[tuple[str, bytes]]] = []
    for more in ([], ["-g"], ["-gdwarf-4"]):
        run(driver, [f"--target={target}", f"-O{level}", "-c", *more, "t.c", "-o", "t.o"], tmp_path)
        elf = ElfFile((tmp_path / "t.o").read_bytes(), "t.o")
        code.append([(s.name, bytes(elf.section_data(i))) for i, s in enumerate(elf.sections) if s.name.startswith((".text", ".data", ".rodata"))])
    assert code[0] == code[1] == code[2]


def test_pieces_of_a_record(tmp_path: Path) -> None:
    """A record in registers is told piece by piece."""
    (tmp_path / "t.c").write_text("""
struct pair { long a, b; };
extern void use(long), touch(void);
long f(long x, long y)
{
    struct pair p = { x * 3, y * 5 };
    touch();
    use(p.a);
    touch();
    return p.b + p.a;
}
""")
    run(driver, ["--target=x86_64-linux-gnu", "-g", "-O2", "-c", "t.c", "-o", "t.o"], tmp_path)
    if shutil.which("readelf") is None:
        pytest.skip("needs readelf")
    text = subprocess.run(["readelf", "--debug-dump=loc", "t.o"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert re.search(r"DW_OP_reg\d+ \(\w+\); DW_OP_piece: 8; DW_OP_reg\d+ \(\w+\); DW_OP_piece: 8", text), text


KINDS = r"""
_Thread_local int own = 42; static __thread long hidden = 43;
struct { unsigned a : 3; int b : 7; union { int i; char c[4]; }; } packed = { 5, -3, { 66 } };
float rows __attribute__((vector_size(16))) = { 1, 2, 3, 4 };
static __attribute__((noinline)) int measure(int n, int m, int (*p)[n])
{
    short grid[n][m];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            grid[i][j] = i * 10 + j;
    int line[n + m];
    line[0] = grid[n - 1][m - 1] + p[0][0];
    hidden += line[0];                          /* measured */
    return line[0] + grid[0][0] + line[n - n] + sizeof line + sizeof grid + own;
}
static int around(int k)
{
    int captured = k + 1, array[k];
    int inner(int q) { return q + captured + (array[0] = 7); }
    return inner(3) + inner(captured);          /* around */
}
int main(void) { int matrix[3][3] = { { 9 } }; own++; return measure(3, 2, matrix) + around(4); }
"""
KIND_SESSION = """set pagination off
set debuginfod enabled off
set width 0
break t.c:{measured}
run
p grid
p sizeof(line)
p *p
p own
p hidden
p packed
p rows
break t.c:{around}
continue
p captured
p sizeof(array)
"""


@pytest.mark.parametrize(("level", "wanted"), [
    ("0", ["= {{0, 1}, {10, 11}, {20, 21}}", "= 20", "= {9, 0, 0}", "= 43", "= 43", "= {a = 5, b = -3, {i = 66", "= {1, 2, 3, 4}", "= 5", "= 16"]),
    ("1", ["= 43", "= 43", "= {1, 2, 3, 4}", "= 5"])])
def test_kinds_of_variables(tmp_path: Path, level: str, wanted: list[str]) -> None:
    """Arrays of variable length, thread-local objects, variables that nested functions share."""
    (tmp_path / "t.c").write_text(KINDS)
    run(driver, ["--target=x86_64-linux-gnu", "-g", f"-O{level}", "t.c", "-o", "t"], tmp_path)
    lines = {name: next(k for k, line in enumerate(KINDS.split("\n"), 1) if f"/* {name} */" in line) for name in ("measured", "around")}
    text = gdb(tmp_path, KIND_SESSION.format(**lines))
    for value in wanted:
        assert value + "\n" in text or value in text and value[-1] == "6", (value, text)


@pytest.mark.parametrize("target", ["x86_64-linux-gnu", "i386-linux-gnu", "riscv64-linux-gnu"])
def test_kinds_in_text(tmp_path: Path, target: str) -> None:
    """-S says of thread-local objects what the object says."""
    (tmp_path / "t.c").write_text(KINDS)
    for arguments in (["-c", "t.c", "-o", "direct.o"], ["-S", "t.c"], ["-c", "t.s", "-o", "text.o"]):
        run(driver, [f"--target={target}", "-g", *arguments], tmp_path)
    for name in (".debug_info", ".rela.debug_info" if target[0] != "i" else ".rel.debug_info"):
        found = [elf.section_data(next(i for i, s in enumerate(elf.sections) if s.name == name))
                 for elf in (ElfFile((tmp_path / n).read_bytes(), n) for n in ("direct.o", "text.o"))]
        assert len(bytes(found[0])) == len(bytes(found[1])) > 0
