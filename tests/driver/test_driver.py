"""The command line: what it means, what it refuses, what it prints, and the steps it takes."""
from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain import responses
from toolchain.cc.options import CompileOptions
from toolchain.cc.preprocess.predefined import language_macros
from toolchain.context import ToolContext
from toolchain.diagnostics import ToolError
from toolchain.driver.commandline import ASSEMBLY, LINK, OBJECT, PREPROCESS, parse
from toolchain.driver.main import cpp_main, main
from toolchain.driver.runtime import build
from toolchain.driver.targets import find_target
from toolchain.elf.archive import parse_archive


def run(arguments: list[str], cwd: Path, stdin: bytes = b"") -> tuple[int, str, str]:
    """Exit status, standard output and standard error of the driver."""
    out = io.BytesIO()
    err = io.StringIO()
    status = main(arguments, ToolContext(str(cwd), {}, io.BytesIO(stdin), out, err))
    return status, out.getvalue().decode(), err.getvalue()


def test_phases_and_inputs() -> None:
    assert parse(["a.c"]).phase == LINK
    assert parse(["-c", "a.c"]).phase == OBJECT
    assert parse(["-S", "-c", "a.c"]).phase == ASSEMBLY
    assert parse(["-E", "-c", "a.c"]).phase == PREPROCESS
    line = parse(["-x", "assembler", "a", "-x", "none", "b.S", "c.i", "d.o", "-lm", "e.c"])
    assert [(i.path, i.language) for i in line.inputs] == [
        ("a", "assembler"), ("b.S", "assembler-with-cpp"), ("c.i", "cpp-output"), ("d.o", ""), ("e.c", "c")]
    assert [i.text for i in line.link_items] == ["a", "b.S", "c.i", "d.o", "-lm", "e.c"]


def test_kernel_options_are_accepted() -> None:
    words = """-Wp,-MMD,mm/.page_alloc.o.d -nostdinc -I./include -include include/linux/kconfig.h -D__KERNEL__ -fmacro-prefix-map=/src/=
        -std=gnu11 -fshort-wchar -funsigned-char -fno-common -fno-PIE -fno-strict-aliasing -mabi=lp64 -march=rv64imac_zicsr_zifencei -mno-save-restore
        -mcmodel=medany -fno-asynchronous-unwind-tables -fno-unwind-tables -mno-riscv-attribute -Wa,-mno-arch-attr -mstrict-align
        -fno-delete-null-pointer-checks -Os -fno-allow-store-data-races -fno-stack-protector -fomit-frame-pointer -ftrivial-auto-var-init=zero
        -fno-stack-clash-protection -fno-strict-overflow -fno-stack-check -fconserve-stack -fno-builtin-wcslen -Wall -Wextra -Wundef
        -Werror=implicit-function-declaration -Werror=return-type -Wno-format-security -Wframe-larger-than=2048 -Wimplicit-fallthrough=5
        -Werror=date-time -Werror=incompatible-pointer-types -Wno-maybe-uninitialized -Wno-dangling-pointer -c -o mm/page_alloc.o mm/page_alloc.c""".split()
    line = parse(["--target=riscv64-linux-gnu", *words])
    assert line.errors == []
    assert (line.dependency.mode, line.dependency.file) == ("MMD", "mm/.page_alloc.o.d")
    assert line.compile.pic == 0 and line.compile.optimize_size and line.compile.std == "gnu11"
    assert line.compile.machine["march"] == "rv64imac_zicsr_zifencei" and "mno-save-restore" in line.compile.machine
    assert line.preprocess.prefix_map == [("/src/", "")] and line.preprocess.warn_undef
    assert line.compile.flag_values["trivial-auto-var-init"] == "zero"
    assert line.compile.flags["builtin-wcslen"] is False
    assert line.assembler_args == ["-mno-arch-attr"]


@pytest.mark.parametrize("word, message", [
    ("-fbogus", "unrecognized command-line option '-fbogus'"),
    ("-Wbogus", "unrecognized command-line option '-Wbogus'"),
    ("-mbogus", "unrecognized command-line option '-mbogus'"),
    ("-qbogus", "unrecognized command-line option '-qbogus'"),
    ("--bogus", "unrecognized command-line option '--bogus'"),
    ("-std=c33", "unrecognized command-line option '-std=c33'"),
    ("-fsanitize=address", "'-fsanitize=address' is not supported"),
    ("-fmin-function-alignment=8", "unrecognized command-line option '-fmin-function-alignment=8'"),
    ("-fstrict-flex-arrays=3", "unrecognized command-line option '-fstrict-flex-arrays=3'"),
    ("-mabi=ilp64", "unrecognized argument in option '-mabi=ilp64'"),
    ("-Werror=bogus", "'-Werror=bogus': no option '-Wbogus'"),
    ("-fvisibility=odd", "unrecognized argument in option '-fvisibility=odd'"),
    ("-xfortran", "language fortran not recognized"),
])
def test_refused(word: str, message: str, tmp_path: Path) -> None:
    status, out, err = run(["--target=riscv64-linux-gnu", word, "-c", "x.c"], tmp_path)
    assert status == 1
    assert f"cc: error: {message}\n" in err


def test_accepted_silently() -> None:
    words = ["-Wno-bogus", "-fno-lto", "-fno-sanitize=all", "-funroll-loops", "-fno-stack-protector", "-pipe", "--param=max-inline-insns-single=9",
             "-fdiagnostics-color=never", "-g0", "-gdwarf-4", "-O3", "-fno-tree-vectorize", "-Wl,-z,now,--as-needed", "-pthread"]
    line = parse([*words, "x.c"])
    assert line.errors == []
    assert [i.text for i in line.link_items] == ["-z", "now", "--as-needed", "x.c"]


def test_response_files() -> None:
    assert responses.split("a 'b c' \"d\\\" e\" f\\ g\n''") == ["a", "b c", 'd" e', "f g", ""]
    files = {"r": b"-O2 @s", "s": b"x.c"}

    def read(name: str) -> bytes:
        if name not in files:
            raise OSError
        return files[name]

    assert responses.expand(["@r", "@none"], read) == ["-O2", "x.c", "@none"]
    assert responses.split("'open to the end") == ["open to the end"]
    with pytest.raises(ToolError, match="too many @-files"):
        responses.expand(["@loop"], lambda name: b"@loop @loop")


def test_answers(tmp_path: Path) -> None:
    assert run(["--version"], tmp_path)[1].startswith("gcc (tcc-py 0.1.0) 12.2.0\n")
    assert run(["-dumpversion"], tmp_path)[:2] == (0, "12\n")
    assert run(["-dumpfullversion"], tmp_path)[:2] == (0, "12.2.0\n")
    assert run(["--target=riscv64-linux-gnu", "-dumpmachine"], tmp_path)[:2] == (0, "riscv64-linux-gnu\n")
    assert run(["-print-file-name=plugin"], tmp_path)[:2] == (0, "plugin\n")
    include = run(["-print-file-name=include"], tmp_path)[1].strip()
    assert (Path(include) / "stddef.h").exists()
    assert "libraries: =" in run(["-print-search-dirs"], tmp_path)[1]
    assert "  -fwrapv\n" in run(["-v", "--help"], tmp_path)[1]


def test_usage_errors(tmp_path: Path) -> None:
    assert run([], tmp_path)[::2] == (1, "cc: fatal error: no input files\ncompilation terminated.\n")
    assert run(["-c", "-"], tmp_path)[::2] == (1, "cc: error: -E or -x required when input is from standard input\n")
    assert run(["-o"], tmp_path)[::2] == (1, "cc: error: missing filename after '-o'\n")
    status, _, err = run(["-c", "a.c", "b.c", "-o", "x"], tmp_path)
    assert status == 1 and "cannot specify '-o' with '-c', '-S' or '-E' with multiple files" in err


def test_preprocess_only(tmp_path: Path) -> None:
    (tmp_path / "h.h").write_text("int h;\n")
    (tmp_path / "t.c").write_text('#include "h.h"\n#ifdef X\nX __OPTIMIZE__ __riscv_xlen\n#endif\n')
    arguments = ["--target=riscv64-linux-gnu", "-O2", "-DX=a b", "-E", "-P", "t.c"]
    assert run(arguments, tmp_path) == (0, "int h;\na b 1 64\n", "")
    assert run([*arguments, "-o", "out.i"], tmp_path) == (0, "", "")
    assert (tmp_path / "out.i").read_text() == "int h;\na b 1 64\n"
    assert run(["-E", "-P", "-"], tmp_path, b"__STDC_VERSION__\n")[1] == "201710L\n"
    assert run(["-E", "missing.c"], tmp_path)[::2] == (
        1, "cc1: fatal error: missing.c: No such file or directory\ncompilation terminated.\n")
    status, _, err = run(["-E", "-P", "-o", "bad.i", "-"], tmp_path, b"#error no\n")
    assert status == 1 and not (tmp_path / "bad.i").exists()
    assert err == "<stdin>:1:2: error: #error no\n    1 | #error no\n      |  ^~~~~\n"


def test_dependencies(tmp_path: Path) -> None:
    (tmp_path / "h.h").write_text("\n")
    (tmp_path / "t.c").write_text('#include "h.h"\n')
    assert run(["-MM", "t.c"], tmp_path)[1] == "t.o: t.c h.h\n"
    assert run(["-M", "-MT", "a b", "-MP", "t.c"], tmp_path)[1] == "a b: t.c h.h\nh.h:\n"
    assert run(["-E", "-P", "-MMD", "-MF", "d", "-MQ", "$x", "t.c"], tmp_path)[0] == 0
    assert (tmp_path / "d").read_text() == "$$x: t.c h.h\n"
    (tmp_path / "u.c").write_text('#include "gen.h"\n')
    assert run(["-MM", "-MG", "u.c"], tmp_path)[1] == "u.o: u.c gen.h\n"


def test_cpp(tmp_path: Path) -> None:
    (tmp_path / "t.c").write_text("#define A 1\nA\n")
    context = ToolContext(str(tmp_path), {}, io.BytesIO(), io.BytesIO(), io.StringIO())
    assert cpp_main(["-P", "t.c", "out"], context) == 0
    assert (tmp_path / "out").read_text() == "1\n"


def test_dry_run(tmp_path: Path) -> None:
    (tmp_path / "t.c").write_text("int x;\n")
    status, _, err = run(["-###", "-c", "-O2", "t.c"], tmp_path)
    assert status == 0
    assert err.startswith("Using built-in specs.\n")
    assert ' cc1 "-O2" "t.c" "-o" "t.o"\n' in err
    assert not (tmp_path / "t.o").exists()


def test_assembler_with_cpp(tmp_path: Path) -> None:
    (tmp_path / "t.S").write_text("#define N 5\n  .globl f # it's a comment\nf:\n  li a0, N\n  ret\n")
    status, _, err = run(["--target=riscv64-linux-gnu", "-c", "t.S", "-MD"], tmp_path)
    assert (status, err) == (0, "")
    assert (tmp_path / "t.o").read_bytes()[:4] == b"\x7fELF"
    assert (tmp_path / "t.d").read_text() == "t.o: t.S\n"
    status, out, _ = run(["-Wa,--version", "-c", "-x", "assembler", "/dev/null", "-o", "/dev/null"], tmp_path)
    assert status == 0 and out.startswith("GNU assembler") and out.split("\n")[0].endswith("2.40")


def test_assembly_in_c_reads_files_and_gets_the_assemblers_options(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "blob").write_bytes(b"not compiled")
    (tmp_path / "t.c").write_text('__asm__(".incbin \\"folder/blob\\"");\nint x;\n')
    assert run(["-c", "t.c"], tmp_path) == (0, "", "")
    assert b"not compiled" in (tmp_path / "t.o").read_bytes()
    (tmp_path / "t.c").write_text('__asm__(".incbin \\"blob\\"");\nint x;\n')
    status, _, err = run(["-c", "t.c"], tmp_path)
    assert status == 1 and "t.c:1:1: error: can't open blob for reading: No such file or directory\n" in err
    assert run(["-c", "t.c", "-Wa,-I,folder", "-Wa,--defsym,given=1"], tmp_path) == (0, "", "")
    assert b"not compiled" in (tmp_path / "t.o").read_bytes() and b"given" in (tmp_path / "t.o").read_bytes()
    status, _, err = run(["-c", "t.c", "-Wa,--bogus"], tmp_path)
    assert (status, err) == (1, "as: error: unrecognized option '--bogus'\n")


def test_rv32_is_preprocessed_assembled_and_linked_but_not_compiled(tmp_path: Path) -> None:
    rv32 = ["--target=riscv64-linux-gnu", "-march=rv32g", "-mabi=ilp32"]
    (tmp_path / "t.S").write_text("#if __riscv_xlen == 32 && !defined(__LP64__)\n  .globl f\nf:\n  lw a0, 4(sp)\n  ret\n#endif\n")
    assert run([*rv32, "-nostdlib", "-shared", "t.S", "-o", "t.so"], tmp_path) == (0, "", "")
    image = (tmp_path / "t.so").read_bytes()
    assert (image[4], image[18]) == (1, 243)
    (tmp_path / "t.c").write_text("int x;\n")
    status, _, err = run([*rv32, "-c", "t.c"], tmp_path)
    assert status == 1 and "there is no compiler for RV32" in err
    status, _, err = run(["--target=riscv64-linux-gnu", "-march=rv64q", "-c", "t.c"], tmp_path)
    assert status == 1 and err == "cc: error: '-march=rv64q': first ISA subset must be 'e', 'i' or 'g'\n"


@pytest.mark.parametrize("compiler, triple, arguments", [
    ("gcc", "x86_64-linux-gnu", ["-O2", "-std=gnu11"]), ("gcc", "x86_64-linux-gnu", ["-std=c99", "-fno-PIE"]),
    ("riscv64-linux-gnu-gcc", "riscv64-linux-gnu", ["-Os"]),
    ("riscv64-linux-gnu-gcc", "riscv64-linux-gnu", ["-march=rv64imac", "-mabi=lp64", "-mcmodel=medany", "-fno-PIE"]),
    ("riscv64-linux-gnu-gcc", "riscv64-linux-gnu", ["-march=rv32gc", "-mabi=ilp32"])])
def test_predefined_macros_like_gcc(compiler: str, triple: str, arguments: list[str]) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"needs {compiler}")
    text = subprocess.run([compiler, *arguments, "-dM", "-E", "-x", "c", "/dev/null"], capture_output=True, text=True, check=True).stdout
    want = dict((line[8:] + " ").split(" ", 1) for line in text.splitlines())
    line = parse([f"--target={triple}", *arguments])
    assert line.errors == []
    macros = line.target.macros()
    ours = language_macros(line.compile, macros.layout(line.compile), False, True) + macros.predefined_macros(line.compile)
    have = dict((line[8:] + " ").split(" ", 1) for line in ours.splitlines())
    skipped = ("__DEC", "__FLT16", "_STDC_PREDEF", "__STDC_IEC", "__GCC_CONSTRUCTIVE", "__GCC_DESTRUCTIVE", "__GCC_HAVE_DWARF2")
    differences = {name: (have.get(name), want.get(name)) for name in sorted(set(have) | set(want))
                   if (have.get(name) or "").strip() != (want.get(name) or "").strip() and not name.startswith(skipped)}
    assert differences == {}


def test_soft_float_and_32_bit_layouts() -> None:
    for triple, pointer, long_double in (("riscv64-linux-gnu", 8, 16), ("i386-linux-gnu", 4, 12)):
        target = find_target(triple)
        assert target is not None
        options = CompileOptions()
        if triple.startswith("i386"):
            options.machine["m32"] = ""
        layout = target.macros().layout(options)
        assert (layout.pointer_size, layout.ldouble_size) == (pointer, long_double)


def test_members_of_the_support_library_are_called_by_their_sources(tmp_path: Path) -> None:
    sources = [tmp_path / "one.c", tmp_path / "unwind-two.c"]
    for source in sources:
        source.write_text("int x;\n")
    context = ToolContext(str(tmp_path), {}, io.BytesIO(), io.BytesIO(), io.StringIO())
    assert build([str(s) for s in sources], str(tmp_path / "cache"), str(tmp_path / "cache" / "libgcc.a"), "x86_64-linux-gnu", [], context)
    names = {p.name: [m.name for m in parse_archive(p.read_bytes(), p.name).members] for p in (tmp_path / "cache").iterdir()}
    assert names == {"libgcc.a": ["one.c.o"], "libgcc_eh.a": ["unwind-two.c.o"]}
