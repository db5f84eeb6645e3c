"""Whole units through the compiler: what the object holds, and programs under QEMU."""
from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.main import main as driver
from toolchain.elf.image import ObjectImage
from toolchain.elf.reader import read

TRIPLE = "riscv64-linux-gnu"
LINKER = shutil.which(f"{TRIPLE}-gcc")
EMULATOR = shutil.which("qemu-riscv64")


def compile_text(tmp_path: Path, text: str, *options: str) -> tuple[int, str, str]:
    """Exit status, messages, path of the object."""
    source = tmp_path / "t.c"
    source.write_text(text)
    errors = io.StringIO()
    context = ToolContext(str(tmp_path), {"HOME": str(tmp_path)}, io.BytesIO(), io.BytesIO(), errors)
    out = str(tmp_path / "t.o")
    status = driver([f"--target={TRIPLE}", *options, "-c", "t.c", "-o", out], context)
    return status, errors.getvalue(), out


def image(tmp_path: Path, text: str, *options: str) -> ObjectImage:
    """The object of a unit that compiles."""
    status, errors, out = compile_text(tmp_path, text, *options)
    assert status == 0, errors
    return read(Path(out).read_bytes(), "t.o")


def sections_of(o: ObjectImage) -> dict[str, str]:
    """Defined symbols and the sections they are in."""
    return {s.name: o.sections[s.section].name for s in o.symbols if s.name and 0 < s.section < 0xFF00}


def test_unreferenced_statics_are_dropped(tmp_path: Path) -> None:
    names = sections_of(image(tmp_path, """static int unused(void) { return 1; } static int used(int x) { return x ? x * used(x - 1) : 1; }
        static int dead = 3; static const int table[2] = {1, 2}; int f(int n) { return used(n) + table[n]; }""", "-O1"))
    assert "unused" not in names and "dead" not in names
    assert names["f"] == ".text" and names["table"] == ".rodata"


def test_sections(tmp_path: Path) -> None:
    names = sections_of(image(tmp_path, """int zero; int one = 1; const int two = 2; int *const p = &one; static int keep __attribute__((used, section(".keep"))) = 4;
        __thread int t = 5; __thread int u; int f(void) { return 0; } __attribute__((cold)) int g(void) { return 1; }""", "-fdata-sections", "-ffunction-sections"))
    assert names["zero"] == ".bss.zero" and names["one"] == ".data.one" and names["two"] == ".rodata.two" and names["keep"] == ".keep"
    assert names["t"] == ".tdata.t" and names["u"] == ".tbss.u" and names["f"] == ".text.f" and names["g"] == ".text.unlikely.g"


def test_linkage(tmp_path: Path) -> None:
    o = image(tmp_path, """int f(void) { return 1; } int g(void) __attribute__((weak, alias("f"))); extern int h(void) __attribute__((weak));
        __attribute__((visibility("hidden"))) int v = 1; int (*p)(void) = h; static void init(void) { v = 2; }
        __attribute__((constructor)) static void c(void) { init(); }""", "-O1")
    symbols = {s.name: s for s in o.symbols}
    assert symbols["f"].value == symbols["g"].value and symbols["g"].binding == 2
    assert symbols["h"].binding == 2 and symbols["h"].section == 0
    assert symbols["v"].other & 3 == 2
    assert any(s.name == ".init_array" for s in o.sections)


def test_error_attribute_fires_only_if_the_call_survives(tmp_path: Path) -> None:
    text = """extern void bad(void) __attribute__((error("must not be called")));
        static inline int check(int x) { if (!__builtin_constant_p(x) || x > 4) bad(); return x; } int f(int y) { return check(%s); }"""
    assert compile_text(tmp_path, text % "3", "-O2")[0] == 0
    status, errors, _ = compile_text(tmp_path, text % "y", "-O2")
    assert status == 1 and "call to 'bad' declared with attribute error: must not be called" in errors


def test_alias_needs_a_definition(tmp_path: Path) -> None:
    status, errors, _ = compile_text(tmp_path, 'int f(void) __attribute__((alias("nowhere")));')
    assert status == 1 and "error: 'f' aliased to undefined symbol 'nowhere'" in errors


def test_same_bytes_twice(tmp_path: Path) -> None:
    text = "#include <stdint.h>\nstatic const char *names[] = {\"a\", \"b\"}; const char *f(uint8_t i) { static int n; n++; return names[i & 1]; }"
    first = Path(compile_text(tmp_path, text, "-O2")[2]).read_bytes()
    assert first == Path(compile_text(tmp_path, text, "-O2")[2]).read_bytes()


@pytest.mark.skipif(LINKER is None or EMULATOR is None, reason="needs the cross compiler's linker and QEMU")
@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_programs_under_qemu(tmp_path: Path, level: str, lower_programs: dict[str, str]) -> None:
    """All programs in one executable: each `main` becomes a function of its own."""
    assert LINKER is not None and EMULATOR is not None
    objects: list[str] = []
    calls: list[str] = []
    for n, (name, text) in enumerate(sorted(lower_programs.items())):
        directory = tmp_path / name
        directory.mkdir()
        status, errors, out = compile_text(directory, text, level, "-w", f"-Dmain=main_{n}", "-fvisibility=hidden", "-fcommon")
        assert status == 0, f"{name}: {errors}"
        objcopy = subprocess.run([f"{TRIPLE}-objcopy", f"--keep-global-symbol=main_{n}", out])
        assert objcopy.returncode == 0
        objects.append(out)
        calls.append(f"int main_{n}(void); if (main_{n}() != 42) {{ puts(\"{name}\"); bad = 1; }}")
    status, errors, out = compile_text(tmp_path, f"int puts(const char *); int main(void) {{ int bad = 0; {' '.join(calls)} return bad; }}", level)
    assert status == 0, errors
    program = str(tmp_path / "program")
    subprocess.run([LINKER, "-static", "-o", program, out, *objects], check=True)
    result = subprocess.run([EMULATOR, program], capture_output=True, text=True, timeout=60)
    assert result.stdout == "" and result.returncode == 0


@pytest.mark.parametrize("target", ["riscv64-linux-gnu", "x86_64-linux-gnu", "i386-linux-gnu"])
def test_written_assembly_names_nothing_twice(tmp_path: Path, target: str) -> None:
    """Strings, constants of the pool, labels whose addresses are data, jump tables: the text is assembled as it stands."""
    (tmp_path / "t.c").write_text("""int printf(const char *, ...); int f(int); static void *const places[] = { 0 };
        int a(double x, int i) { static const void *const to[] = { &&one, &&two }; goto *to[i]; one: printf("%f", x * 3.7); two: return printf("a%f", x * 4.7); }
        int b(double x, int i) { static const void *const to[] = { &&one, &&two }; goto *to[i]; one: printf("b%f", x * 5.7 + 1.25f); two: return printf("bb%f", x * 6.7); }
        int c(int i) { switch (i) { case 0: return f(7); case 1: return f(3) + 9; case 2: return f(1) - 4; case 3: return f(90); case 4: return f(2) * 3; case 5: return f(6); } return 0; }
        int d(int i) { switch (i) { case 0: return f(8); case 1: return f(4) + 9; case 2: return f(2) - 4; case 3: return f(91); case 4: return f(3) * 3; case 5: return f(7); } return 1; }
        const void *e(void) { return places; }""")
    errors = io.StringIO()
    context = ToolContext(str(tmp_path), {"HOME": str(tmp_path)}, io.BytesIO(), io.BytesIO(), errors)
    for options in (["-O2", "-S", "t.c"], ["-c", "t.s"], ["-O2", "-fPIC", "-S", "t.c"], ["-c", "t.s"]):
        assert driver([f"--target={target}", *options], context) == 0, errors.getvalue()
