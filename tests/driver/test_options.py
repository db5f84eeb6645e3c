"""Options are honoured or refused: what each of these asks for shows in the output."""
from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.main import main
from toolchain.elf.reader import ElfFile

RISCV = "riscv64-linux-gnu"
X86 = "x86_64-linux-gnu"


def run(folder: Path, *words: str) -> tuple[int, str, str]:
    """Status, output, messages."""
    out, errors = io.BytesIO(), io.StringIO()
    status = main(list(words), ToolContext(str(folder), {"HOME": str(folder)}, io.BytesIO(), out, errors))
    return status, out.getvalue().decode(), errors.getvalue()


def assembly(folder: Path, source: str, *words: str, target: str = X86) -> str:
    """What -S says."""
    (folder / "t.c").write_text(source)
    status, out, errors = run(folder, f"--target={target}", "-w", "-S", "t.c", "-o", "-", *words)
    assert status == 0, errors
    return out


CALLS = "int f(int); int g(int) __attribute__((noplt)); int h(int a) { return f(a) + g(a) + 1; }\n"


@pytest.mark.parametrize(("words", "direct"), [(("-fPIC",), "f"), (("-fPIC", "-fno-plt"), ""), (("-fPIC", "-mno-plt"), ""), (("-fno-pic",), "fg"), (("-fno-pic", "-fno-plt"), "fg")])
def test_riscv_noplt(tmp_path: Path, words: tuple[str, ...], direct: str) -> None:
    """The attribute, -fno-plt and -mno-plt load the callee's address, in position-independent code."""
    out = assembly(tmp_path, CALLS, "-O2", *words, target=RISCV)
    assert "".join(re.findall(r"call\t([fg])\b", out)) == direct


@pytest.mark.parametrize(("words", "slots"), [(("-fPIC",), "g"), (("-fPIC", "-fno-plt"), "fg"), (("-fno-pic",), "g"), (("-fPIC", "-m32"), "g"), (("-fPIC", "-m32", "-fno-plt"), "fg")])
def test_x86_noplt(tmp_path: Path, words: tuple[str, ...], slots: str) -> None:
    """The same on x86."""
    out = assembly(tmp_path, CALLS, "-O2", *words)
    assert "".join(re.findall(r"\b([fg])@GOT", out)) == slots


def test_strict_align(tmp_path: Path) -> None:
    """-mno-strict-align lets RISC-V read a misaligned word at once."""
    source = "struct __attribute__((packed)) P { char c; int x; }; int f(struct P *p) { return p->x; }\n"
    assert "lw\ta0,1(a0)" in assembly(tmp_path, source, "-O2", "-mno-strict-align", target=RISCV)
    assert "lw\t" not in assembly(tmp_path, source, "-O2", target=RISCV)


def test_last_stack_protector_counts(tmp_path: Path) -> None:
    """Linux turns -fstack-protector-strong off again for some files."""
    source = "void e(char *); void c(void) { char b[64]; e(b); }\n"
    assert "__stack_chk_fail" in assembly(tmp_path, source, "-fno-stack-protector", "-fstack-protector-strong")
    assert "__stack_chk_fail" not in assembly(tmp_path, source, "-fstack-protector-strong", "-fno-stack-protector")
    asked = "void e(char *); __attribute__((stack_protect)) void c(void) { char b[64]; e(b); }\n"
    assert "__stack_chk_fail" in assembly(tmp_path, asked, "-fstack-protector-explicit")
    assert "__stack_chk_fail" not in assembly(tmp_path, asked)


def test_kept_statics(tmp_path: Path) -> None:
    """What nothing mentions is kept where an option says so."""
    source = "static int s; static const int c = 1; static int f(void) { return 1; } static inline int g(void) { return 1; }\n"

    def labels(*words: str) -> str:
        return "".join(sorted(re.findall(r"^(\w):", assembly(tmp_path, source, *words), re.M)))

    assert labels() == ""
    assert labels("-fno-toplevel-reorder") == "cs"
    assert labels("-fkeep-static-consts") == "c"
    assert labels("-fkeep-inline-functions") == "g"
    assert labels("-fkeep-static-functions") == "fg"


def test_reorder_functions(tmp_path: Path) -> None:
    """-fno-reorder-functions leaves cold functions among the others."""
    source = "__attribute__((cold)) void f(void) {}\n"
    assert ".text.unlikely" in assembly(tmp_path, source, "-O2")
    assert ".text.unlikely" not in assembly(tmp_path, source, "-O2", "-fno-reorder-functions")


def test_recorded_switches(tmp_path: Path) -> None:
    """-frecord-gcc-switches: what the code was made with, without names of places."""
    (tmp_path / "t.c").write_text("int x;\n")
    assert run(tmp_path, "-c", "-O2", "-fno-common", "-DX", "-ffile-prefix-map=/a=/b", "-frecord-gcc-switches", "t.c")[0] == 0
    elf = ElfFile((tmp_path / "t.o").read_bytes(), "t.o")
    data = next(bytes(elf.section_data(k)) for k, s in enumerate(elf.sections) if s.name == ".GCC.command.line")
    assert data.startswith(b"GNU C17 ") and data.endswith(b" -O2 -fno-common\0") and b"prefix-map" not in data


def test_no_asm(tmp_path: Path) -> None:
    """-fno-asm frees the plain spellings of GNU's words."""
    (tmp_path / "t.c").write_text("int asm, typeof; __asm__(\"\");\n")
    assert run(tmp_path, "-c", "t.c")[0] == 1
    assert run(tmp_path, "-c", "-fno-asm", "t.c")[0] == 0
    (tmp_path / "u.c").write_text("asm(\"\");\n")
    assert run(tmp_path, "-c", "-std=c11", "u.c")[0] == 1
    assert run(tmp_path, "-c", "-std=c11", "-fasm", "u.c")[0] == 0


@pytest.mark.parametrize("word", ["-flto", "-fprofile-generate", "--coverage", "-fnon-call-exceptions", "-fstack-check", "-fstrict-volatile-bitfields", "-fno-inline-atomics",
                                  "-fno-eliminate-unused-debug-types", "-fno-stack-protector-strong", "-fmessage-length=72", "-mno-64", "-mno-16"])
def test_refused(tmp_path: Path, word: str) -> None:
    """What is not done is refused, by name."""
    (tmp_path / "t.c").write_text("int x;\n")
    status, _, errors = run(tmp_path, "-c", word, "t.c")
    assert status == 1 and word in errors and not (tmp_path / "t.o").exists()


@pytest.mark.parametrize("word", ["-fno-lto", "-ffat-lto-objects", "-fno-non-call-exceptions", "-fmessage-length=0", "-fno-stack-clash-protection"])
def test_accepted(tmp_path: Path, word: str) -> None:
    """What asks for nothing is accepted."""
    (tmp_path / "t.c").write_text("int x;\n")
    assert run(tmp_path, "-c", word, "t.c")[0] == 0


@pytest.mark.parametrize(("source", "words"), [("double f(double a) { return a + 1; }", ("-mno-sse",)), ("float f(void) { return 1; }", ("-mgeneral-regs-only",)),
                                               ("long double g; void f(void) { g += 1; }", ("-mno-80387",)), ("int f(double a) { return 1; }", ("-mno-sse2",))])
def test_disabled_registers(tmp_path: Path, source: str, words: tuple[str, ...]) -> None:
    """Floating point that its registers are forbidden to is an error, not another convention."""
    (tmp_path / "t.c").write_text(source + "\nint i(int a) { return a; }\n")
    status, _, errors = run(tmp_path, "-c", "t.c", *words)
    assert status == 1 and "disabled" in errors and errors.startswith("t.c:1:")


def test_looks(tmp_path: Path) -> None:
    """Columns are those of the line as displayed, unless bytes are asked for; each part of a message can be left out."""
    (tmp_path / "t.c").write_text("int f(void) {\n\treturn \"\u00e9\" + x;\n}\n")

    def first(*words: str) -> list[str]:
        return run(tmp_path, "-c", "t.c", *words)[2].splitlines()

    assert first()[0].startswith("t.c:2:22: error:") and first()[2] == "      |                      ^"
    assert first("-ftabstop=4")[0].startswith("t.c:2:18: error:")
    assert first("-fdiagnostics-column-unit=byte")[0].startswith("t.c:2:16: error:")
    assert first("-fno-show-column")[0].startswith("t.c:2: error:")
    assert len(first("-fno-diagnostics-show-caret")) == 2 and len(first()) == 4
    assert first("-fno-diagnostics-show-line-numbers")[1].startswith("         return")


def macros(folder: Path, *words: str) -> set[str]:
    """Names that are defined."""
    (folder / "t.c").write_text("")
    status, out, errors = run(folder, "-E", "-dM", "t.c", *words)
    assert status == 0, errors
    return {line.split()[1] for line in out.splitlines()}


def test_processors_have_their_sets(tmp_path: Path) -> None:
    """-march= means instruction sets; one that needs another goes with it."""
    assert {"__SSE4_2__", "__POPCNT__"} <= macros(tmp_path, "-march=x86-64-v2") and "__AVX__" not in macros(tmp_path, "-march=x86-64-v2")
    assert {"__AVX2__", "__BMI__", "__FMA__"} <= macros(tmp_path, "-march=haswell")
    assert "__AVX2__" not in macros(tmp_path, "-march=haswell", "-mno-avx") and "__SSE4_2__" in macros(tmp_path, "-march=haswell", "-mno-avx")
    assert "__SSE4_2__" in macros(tmp_path, "-msse4") and "__SSE4_2__" in macros(tmp_path, "-msse4", "-mno-popcnt")
    assert "__SSE2__" in macros(tmp_path, "-mno-mmx") and "__SSE2__" not in macros(tmp_path, "-mno-sse")
    assert "__SSE__" not in macros(tmp_path, "-m32") and {"__SSE__", "__ILP32__"} <= macros(tmp_path, "-m32", "-march=pentium3")
    (tmp_path / "t.c").write_text("")
    for words, message in ((["-march=nothing"], "bad value ('nothing') for '-march=' switch"), (["-march=i486"], "x86-64"), (["-mtune=nothing"], "-mtune=")):
        status, _, errors = run(tmp_path, "-c", "t.c", *words)
        assert status == 1 and message in errors


def test_arithmetic_is_told(tmp_path: Path) -> None:
    """Macros follow the licences given to floating-point arithmetic."""
    names = {"__FAST_MATH__", "__NO_MATH_ERRNO__", "__NO_SIGNED_ZEROS__", "__NO_TRAPPING_MATH__", "__RECIPROCAL_MATH__", "__ASSOCIATIVE_MATH__"}
    assert names <= macros(tmp_path, "-Ofast") and not names & macros(tmp_path) and not names & macros(tmp_path, "-ffast-math", "-fno-fast-math")
    assert names & macros(tmp_path, "-funsafe-math-optimizations") == names - {"__FAST_MATH__", "__NO_MATH_ERRNO__"}
    assert "__STDC_IEC_559__" in macros(tmp_path) and "__STDC_IEC_559__" not in macros(tmp_path, "-ffast-math")
    assert "__STDC_IEC_559__" not in macros(tmp_path, "-ffreestanding")
    assert "__EXCEPTIONS" in macros(tmp_path, "-fexceptions")
