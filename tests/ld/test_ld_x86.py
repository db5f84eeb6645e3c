"""x86 links with GNU as making the objects: semantics, messages, scripts."""
from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from ld_helpers import assemble, have, ld

pytestmark = pytest.mark.skipif(not have("as"), reason="needs GNU as for x86")

START = """
    .globl _start
_start: mov $60, %eax
    mov $VALUE, %edi
    syscall
"""


def elf(path: Path) -> ELFFile:
    return ELFFile(io.BytesIO(path.read_bytes()))


def symbols(path: Path) -> dict[str, int]:
    table = elf(path).get_section_by_name(".symtab")
    return {s.name: s["st_value"] for s in table.iter_symbols()}


def exit_status(path: Path) -> int:
    return subprocess.run([str(path)], timeout=20).returncode


def test_static_program(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", START.replace("$VALUE", "answer(%rip)"))
    b = assemble(tmp_path, "b", ".globl answer\n.data\nanswer: .long 42\n")
    assert ld(tmp_path, "-o", "prog", a, b).status == 0
    assert exit_status(tmp_path / "prog") == 42
    first = (tmp_path / "prog").read_bytes()
    assert ld(tmp_path, "-o", "prog", a, b).status == 0
    assert (tmp_path / "prog").read_bytes() == first


def test_undefined_reference(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".globl _start\n.type _start,@function\n_start: call missing\n call missing\n .data\n .quad other\n")
    run = ld(tmp_path, "-o", "prog", a)
    assert run.status == 1
    assert not (tmp_path / "prog").exists()
    assert "in function `_start':" in run.err
    assert run.err.count("undefined reference to `missing'") == 2
    assert "(.text+0x1): undefined reference to `missing'" in run.err
    assert "a.o:(.data+0x0): undefined reference to `other'" in run.err


def test_multiple_definition(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".globl f\n.text\nf: ret\n.globl _start\n_start: ret\n")
    b = assemble(tmp_path, "b", ".globl f\n.text\nf: ret\n")
    run = ld(tmp_path, "-o", "prog", a, b)
    assert run.status == 1 and "multiple definition of `f'" in run.err and "first defined here" in run.err
    assert ld(tmp_path, "-z", "muldefs", "-o", "prog", a, b).status == 0


def test_weak_and_common(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", START.replace("$VALUE", "$f") + ".weak f\n f=1\n.comm c,8,8\n.weak nothing\n.data\n.quad nothing, c\n")
    b = assemble(tmp_path, "b", ".globl f\nf=7\n.comm c,32,16\n")
    assert ld(tmp_path, "-o", "prog", a, b).status == 0
    assert exit_status(tmp_path / "prog") == 7
    table = elf(tmp_path / "prog").get_section_by_name(".symtab")
    c = [s for s in table.iter_symbols() if s.name == "c"][0]
    assert c["st_size"] == 32 and c["st_value"] % 16 == 0


def test_relocatable_then_final(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", START.replace("$VALUE", "answer(%rip)") + '.section .rodata.str1.1,"aMS",@progbits,1\n.string "x"\n')
    b = assemble(tmp_path, "b", ".data\n.long 1\nlocal: .long 42\n.globl answer\nanswer=local\n.quad local\n")
    assert ld(tmp_path, "-r", "-o", "c.o", a, b).status == 0
    assert ld(tmp_path, "-o", "prog", "c.o").status == 0
    assert exit_status(tmp_path / "prog") == 42


def test_archive_members_on_demand(tmp_path: Path) -> None:
    if not have("ar"):
        pytest.skip("needs ar")
    a = assemble(tmp_path, "a", START.replace("$VALUE", "x(%rip)"))
    b = assemble(tmp_path, "b", ".globl x\n.data\nx: .long y\n")
    c = assemble(tmp_path, "c", ".globl y\ny=5\n")
    d = assemble(tmp_path, "d", ".globl unused\nunused: call nowhere\n")
    subprocess.run(["ar", "rcs", "lib1.a", b, d], cwd=tmp_path, check=True)
    subprocess.run(["ar", "rcsT", "lib2.a", c], cwd=tmp_path, check=True)
    assert ld(tmp_path, "-o", "prog", a, "-L.", "-l1", "lib2.a").status == 0
    assert exit_status(tmp_path / "prog") == 5
    assert ld(tmp_path, "-o", "prog", "lib2.a", a, "lib1.a").status == 1
    assert ld(tmp_path, "-o", "prog", a, "--start-group", "lib2.a", "lib1.a", "--end-group").status == 0
    assert ld(tmp_path, "-o", "prog", a, "--whole-archive", "lib1.a", "lib2.a").status == 1


def test_script_features(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".globl _start\n.text\n_start: ret\n.data\n.long 1\n.section .extra,\"a\"\n.byte 9\n.section .gone,\"a\"\n.byte 1\n"
                 ".section .keep.b,\"a\"\n.byte 2\n.section .keep.a,\"a\"\n.byte 1\n")
    (tmp_path / "s.ld").write_text("""
        ENTRY(_start) BASE = 0x400000;
        SECTIONS {
          . = BASE;
          .text : AT(ADDR(.text) - BASE) { *(.text) } =0x90
          . = ALIGN(0x1000);
          .data : { d = .; *(.data) LONG(0x11223344) BYTE(end - d) . = ALIGN(16); end = .; }
          .keep : { *(SORT(.keep.*)) *(.extra) }
          .bss : { *(.bss) }
          size = SIZEOF(.data); addr = ADDR(.data); load = LOADADDR(.data); PROVIDE(_start = 5); PROVIDE(unused_one = 1);
          rel = DEFINED(nothing) ? 1 : 2; big = MAX(3, 4) + (1 << 4) * 2;
          /DISCARD/ : { *(.gone) *(.note*) }
          ASSERT(size == 16, "size is wrong")
        }""")
    run = ld(tmp_path, "-T", "s.ld", "--orphan-handling=error", "-o", "prog", a)
    assert run.status == 0, run.err
    s = symbols(tmp_path / "prog")
    assert s["size"] == 16 and s["addr"] == 0x401000 and s["load"] == 0x1000 and s["rel"] == 2 and s["big"] == 36
    assert s["end"] == 0x401010 and "unused_one" not in s
    f = elf(tmp_path / "prog")
    assert f.get_section_by_name(".data").data()[:9] == bytes.fromhex("01000000443322111" + "0")
    assert f.get_section_by_name(".keep").data() == b"\1\2\x09"
    assert f.get_section_by_name(".gone") is None


@pytest.mark.parametrize(("script", "message"), [
    ("SECTIONS { .text : { *(.text) } ASSERT(0, \"never\") }", "never"),
    ("SECTIONS { .text : { *(.text) } x = nowhere; }", "undefined symbol `nowhere' referenced in expression"),
    ("SECTIONS { .text : { . = 100; . = 50; } }", "cannot move location counter backwards"),
    ("SECTIONS { .text : { *(.text) } >nope }", "memory region"),
    ("MEMORY { r : ORIGIN = 0, LENGTH = 1 } SECTIONS { .text : { *(.text) LONG(0) } >r }", "overflowed by"),
    ("PHDRS { a PT_LOAD; } SECTIONS { .text : { *(.text) } :b }", "non-existent phdr"),
    ("SECTIONS { .text : { *(.text) } x = 1 / 0; }", "division by zero"),
    ("OUTPUT_ARCH(vax) SECTIONS { }", "cannot represent machine"),
    ("SECTIONS { .text 0x1000 : { *(.text) LONG(1) } .d 0x1000 : { LONG(1) } }", "overlaps section"),
])
def test_script_errors(tmp_path: Path, script: str, message: str) -> None:
    a = assemble(tmp_path, "a", ".globl _start\n_start: ret\n")
    (tmp_path / "s.ld").write_text(script)
    run = ld(tmp_path, "-T", "s.ld", "-o", "prog", a)
    assert run.status == 1 and message in run.err
    assert not (tmp_path / "prog").exists()


def test_orphan_handling(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".globl _start\n_start: ret\n.section .odd,\"a\"\n.byte 1\n")
    (tmp_path / "s.ld").write_text("SECTIONS { .text : { *(.text) } .data : { *(.data) } .bss : { *(.bss) } }")
    run = ld(tmp_path, "-T", "s.ld", "--orphan-handling=warn", "-o", "prog", a)
    assert run.status == 0
    assert "orphan section `.odd' from `a.o' being placed in section `.odd'" in run.err
    assert ld(tmp_path, "-T", "s.ld", "--orphan-handling=error", "-o", "prog", a).status == 1
    assert ld(tmp_path, "-T", "s.ld", "--orphan-handling=discard", "-o", "prog", a).status == 0
    assert elf(tmp_path / "prog").get_section_by_name(".odd") is None
    assert ld(tmp_path, "-T", "s.ld", "--orphan-handling=huh", "-o", "prog", a).status == 1


def test_gc_sections(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", '.section .text.a,"ax"\n.globl _start\n_start: call b\n.section .text.b,"ax"\nb: ret\n'
                 '.section .text.c,"ax"\n.globl c\nc: call d\n.section .text.d,"ax"\nd: ret\n')
    run = ld(tmp_path, "--gc-sections", "--print-gc-sections", "-o", "prog", a)
    assert run.status == 0 and "removing unused section '.text.c' in file 'a.o'" in run.err
    s = symbols(tmp_path / "prog")
    assert "c" not in s and "d" not in s and "b" in s
    assert ld(tmp_path, "--gc-sections", "-u", "c", "-o", "prog", a).status == 0
    assert "d" in symbols(tmp_path / "prog")


def test_string_merging(tmp_path: Path) -> None:
    text = '.section .rodata.str1.1,"aMS",@progbits,1\n{0}: .string "hello world"\n{1}: .string "world"\n.data\n.quad {0}, {1}\n'
    a = assemble(tmp_path, "a", ".globl _start\n.text\n_start: ret\n" + text.format(".LC0", ".LC1"))
    b = assemble(tmp_path, "b", text.format("x", "y"))
    assert ld(tmp_path, "-o", "prog", a, b).status == 0
    f = elf(tmp_path / "prog")
    assert f.get_section_by_name(".rodata").data() == b"hello world\0"
    data = f.get_section_by_name(".data").data()
    assert data[:16] == data[16:]
    assert int.from_bytes(data[8:16], "little") - int.from_bytes(data[:8], "little") == 6


def test_wrap_defsym_undefined_entry(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", START.replace("$VALUE", "$f") + ".globl f\n")
    b = assemble(tmp_path, "b", ".globl __wrap_f\n__wrap_f=9\n")
    assert ld(tmp_path, "--wrap", "f", "-o", "prog", a, b).status == 0
    assert exit_status(tmp_path / "prog") == 9
    assert ld(tmp_path, "--defsym=f=3+1", "-o", "prog", a).status == 0
    assert exit_status(tmp_path / "prog") == 4
    run = ld(tmp_path, "-e", "nowhere", "--defsym", "f=1", "-o", "prog", a)
    assert run.status == 0 and "cannot find entry symbol nowhere; defaulting to" in run.err


def test_map_cref_build_id_depfile(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", START.replace("$VALUE", "$0"))
    run = ld(tmp_path, "-Map=m", "--cref", "--build-id=0x1234", "--dependency-file=d", "-o", "prog", a)
    assert run.status == 0 and "Cross Reference Table" in run.out
    assert "_start" in (tmp_path / "m").read_text()
    assert "a.o" in (tmp_path / "d").read_text()
    assert elf(tmp_path / "prog").get_section_by_name(".note.gnu.build-id").data()[16:] == b"\x12\x34"


def test_binary_input_and_output(tmp_path: Path) -> None:
    (tmp_path / "blob.bin").write_bytes(b"abc")
    a = assemble(tmp_path, "a", START.replace("$VALUE", "$_binary_blob_bin_size"))
    assert ld(tmp_path, "-o", "prog", a, "-b", "binary", "blob.bin").status == 0
    assert exit_status(tmp_path / "prog") == 3
    assert ld(tmp_path, "--oformat", "binary", "-Ttext=0x100", "--section-start=.data=0x110", "-o", "flat", a, "-b", "binary", "blob.bin").status == 0
    flat = (tmp_path / "flat").read_bytes()
    assert flat[:1] == b"\xb8" and flat[16:19] == b"abc"


def test_command_line(tmp_path: Path) -> None:
    run = ld(tmp_path, "--version")
    assert run.status == 0 and run.out.startswith("GNU ld") and run.out.splitlines()[0].endswith("2.40")
    assert ld(tmp_path, "-v").status == 0
    assert ld(tmp_path, "-v", "--no-such-option").status == 1
    run = ld(tmp_path, "--help")
    assert "elf64lriscv" in run.out and "elf_x86_64" in run.out
    assert ld(tmp_path, "-v", "-z", "no-such-keyword").status == 1
    assert ld(tmp_path, "-m", "vax", "x.o").status == 1
    assert "No such file" in ld(tmp_path, "x.o").err
    assert ld(tmp_path).status == 1
    (tmp_path / "args").write_text("-v --orphan-handling=warn")
    assert ld(tmp_path, "@args").status == 0


def test_version_script_and_hash(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".globl f,g,h\n.type f,@function\nf: ret\ng: ret\nh: call f@plt\n")
    (tmp_path / "v").write_text("V1 { global: f; g*; local: *; }; ")
    run = ld(tmp_path, "-shared", "-soname", "libx.so", "--version-script=v", "--hash-style=both", "-o", "libx.so", a)
    assert run.status == 0, run.err
    f = elf(tmp_path / "libx.so")
    assert sorted(s.name for s in f.get_section_by_name(".dynsym").iter_symbols() if s.name) == ["f", "g"]
    assert f.get_section_by_name(".gnu.version_d") is not None
    assert f.get_section_by_name(".gnu.hash") is not None and f.get_section_by_name(".hash") is not None
    (tmp_path / "empty").write_text("")          # Meson tries an empty one to see whether the linker reads it
    run = ld(tmp_path, "-shared", "--version-script=empty", "-o", "libx.so", a)
    assert run.status == 1 and "syntax error in VERSION script" in run.err


def test_overflow_is_an_error(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".globl _start\n_start: mov far, %eax\n")
    run = ld(tmp_path, "--defsym=far=0x100000000", "-o", "prog", a)
    assert run.status == 1 and "relocation truncated to fit: R_X86_64_32S against `far'" in run.err


def test_i386(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".globl _start\n_start: movl $1,%eax\n movl x,%ebx\n int $0x80\n", "as", "--32")
    b = assemble(tmp_path, "b", ".globl x\n.data\n.long 0\nx: .long 6\n", "as", "--32")
    assert ld(tmp_path, "-m", "elf_i386", "-o", "prog", a, b).status == 0
    assert exit_status(tmp_path / "prog") == 6
    assert ld(tmp_path, "-m", "elf_i386", "-r", "-o", "c.o", b, a).status == 0
    assert ld(tmp_path, "-o", "prog2", "c.o").status == 0
    assert exit_status(tmp_path / "prog2") == 6
    run = ld(tmp_path, "-m", "elf_x86_64", "-o", "prog", a)
    assert run.status == 1


def test_emit_relocs(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", START.replace("$VALUE", "x(%rip)") + ".data\n.globl x\nx: .long 3\n.quad x\n")
    assert ld(tmp_path, "--emit-relocs", "-o", "prog", a).status == 0
    f = elf(tmp_path / "prog")
    rela = f.get_section_by_name(".rela.data")
    table = f.get_section(rela["sh_link"])
    r = next(iter(rela.iter_relocations()))
    assert table.get_symbol(r["r_info_sym"]).name == "x"
    assert r["r_offset"] == f.get_section_by_name(".data")["sh_addr"] + 4


def test_headers_are_in_memory(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", START.replace("$VALUE", "$5"))
    assert ld(tmp_path, "-static", "-o", "prog", a).status == 0
    loads = [s for s in elf(tmp_path / "prog").iter_segments() if s["p_type"] == "PT_LOAD"]
    assert loads[0]["p_offset"] == 0 and loads[0]["p_filesz"] >= 64 + 56 * len(loads)
    assert exit_status(tmp_path / "prog") == 5


def test_compressed_debug_sections(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", START.replace("$VALUE", "$0") + '.section .debug_str,"MS",@progbits,1\n' + '.string "' + "x" * 5000 + '"\n')
    assert ld(tmp_path, "--compress-debug-sections=zlib", "-o", "small", a).status == 0
    assert ld(tmp_path, "-o", "large", a).status == 0
    section = elf(tmp_path / "small").get_section_by_name(".debug_str")
    assert section["sh_flags"] & 0x800 and section["sh_size"] < 200
    assert section.data() == elf(tmp_path / "large").get_section_by_name(".debug_str").data()
    assert ld(tmp_path, "--compress-debug-sections=zstd", "-o", "x", a).status == 1


def test_undefined_symbols_of_shared_objects(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".globl f\nf: call nowhere@plt\n")
    assert ld(tmp_path, "-shared", "-o", "liba.so", a).status == 0
    b = assemble(tmp_path, "b", ".globl _start\n_start: call f@plt\n")
    assert ld(tmp_path, "-o", "prog", b, "liba.so").status == 0
    run = ld(tmp_path, "--no-allow-shlib-undefined", "-o", "prog", b, "liba.so")
    assert run.status == 1 and "liba.so: undefined reference to `nowhere'" in run.err
    assert ld(tmp_path, "-shared", "-z", "defs", "-o", "libc.so", a).status == 1


def test_got_loads_are_rewritten(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", ".globl _start\n_start: movq x@GOTPCREL(%rip), %rax\n call *f@GOTPCREL(%rip)\n cmpq x@GOTPCREL(%rip), %rdx\n"
                 " mov $60, %eax\n mov (%rbx), %edi\n syscall\n.weak gone\n movq gone@GOTPCREL(%rip), %rcx\nf: mov %rax, %rbx\n ret\n"
                 ".data\n.globl x\nx: .long 33\n")
    assert ld(tmp_path, "-o", "prog", a).status == 0
    assert elf(tmp_path / "prog").get_section_by_name(".got") is None
    assert exit_status(tmp_path / "prog") == 33
    assert ld(tmp_path, "--no-relax", "-o", "prog", a).status == 0
    assert elf(tmp_path / "prog").get_section_by_name(".got")["sh_size"] >= 24
    assert exit_status(tmp_path / "prog") == 33


def test_link_order(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", '.section .text.b,"ax"\nb: nop\n.section .text.a,"ax"\n.globl _start\n_start: nop\n'
                 '.section .meta,"ao",@progbits,.text.a\n.byte 1\n.section .meta,"ao",@progbits,.text.b\n.byte 2\n')
    (tmp_path / "s.ld").write_text("SECTIONS { .text : { *(SORT(.text.*)) } .meta : { *(.meta) } .rest : { *(.data .bss .text) } }")
    run = ld(tmp_path, "-T", "s.ld", "-o", "prog", a)
    assert run.status == 0, run.err
    assert elf(tmp_path / "prog").get_section_by_name(".meta").data() == b"\1\2"


def test_script_with_insert_and_include(tmp_path: Path) -> None:
    a = assemble(tmp_path, "a", START.replace("$VALUE", "$0") + '.section .mine,"aw"\n.long 1\n')
    (tmp_path / "inc.ld").write_text(".mine : { first = .; *(.mine) last = .; }")
    (tmp_path / "s.ld").write_text("SECTIONS { INCLUDE inc.ld } INSERT AFTER .data;")
    run = ld(tmp_path, "-T", "s.ld", "-o", "prog", a)
    assert run.status == 0, run.err
    s = symbols(tmp_path / "prog")
    assert s["last"] - s["first"] == 4
    (tmp_path / "t.ld").write_text("SECTIONS { .x : { } } INSERT AFTER .nowhere;")
    assert ".nowhere not found for insert" in ld(tmp_path, "-T", "t.ld", "-o", "prog", a).err


@pytest.mark.parametrize("option", ["-N", "-n", "-znoseparate-code", "-zseparate-code"])
def test_page_layouts_run(tmp_path: Path, option: str) -> None:
    a = assemble(tmp_path, "a", START.replace("$VALUE", "x(%rip)") + " .data\nx: .long 12\n.bss\n.skip 5000\n.section .rodata\n.byte 1\n")
    assert ld(tmp_path, option, "-o", "prog", a).status == 0
    assert exit_status(tmp_path / "prog") == 12
