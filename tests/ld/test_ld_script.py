"""The linker-script parser: what it reads, and how it complains."""
from __future__ import annotations

import pytest

from toolchain.diagnostics import LocationTable, ToolError
from toolchain.ld.script import parse_script
from toolchain.ld.syntax import Assertion, Assignment, InputSpec, OutputDescription, Script


def parse(text: str) -> Script:
    def include(name: str) -> str:
        raise ToolError(f"no {name}")
    return parse_script("t.lds", text, LocationTable(), include)


def test_sections_with_all_clauses() -> None:
    script = parse("""
        OUTPUT_ARCH(riscv) ENTRY(_start) jiffies = jiffies_64;
        PHDRS { text PT_LOAD FILEHDR PHDRS FLAGS(5); note PT_NOTE; }
        SECTIONS {
          . = 0x1000;
          .text : AT(ADDR(.text) - 0x100) ALIGN(64) { _s = .; *(.text.hot .text.hot.*) KEEP(*(SORT(.init*))) . += 4; } :text =0x9090
          .data 0x2000 (NOLOAD) : { *lib.a:x.o(.data) *(EXCLUDE_FILE(*a.o *b.o) .d .e) BYTE(1) LONG(2) }
          /DISCARD/ : { *(.note.GNU-stack) }
          ASSERT(. < 0x10000, "too big")
        }""")
    assert script.entry == "_start"
    assert [h.name for h in script.phdrs] == ["text", "note"]
    text = [s for s in script.statements if isinstance(s, OutputDescription)][0]
    assert text.phdrs == ["text"]
    assert text.fill is not None and text.fill.text == "9090"
    keep = [s for s in text.statements if isinstance(s, InputSpec) and s.keep]
    assert keep[0].patterns[0].sorts == ["SORT_BY_NAME"]
    data = [s for s in script.statements if isinstance(s, OutputDescription)][1]
    spec = data.statements[0]
    assert isinstance(spec, InputSpec) and spec.has_archive and spec.archive == "*lib.a" and spec.file == "x.o"
    assert isinstance(script.statements[-1], Assertion)


def test_assignment_without_blanks() -> None:
    script = parse("SECTIONS { a=1; a+=2; b = a ? 3 : 4; }")
    assert [s.op for s in script.statements if isinstance(s, Assignment)] == ["=", "+=", "="]


def test_numbers() -> None:
    script = parse("a = 0x10K; b = 4M; c = 017;")
    values = [s.expr.value for s in script.statements if isinstance(s, Assignment)]
    assert values == [0x4000, 4 << 20, 15]


@pytest.mark.parametrize("text", [
    "SECTIONS {", "SECTIONS { .text : { *(.text }", "a = ;", "SECTIONS { .text { } }", "PHDRS { x }", "a = (1;", "/* no end",
    "SECTIONS { .text : { KEEP(*(.x) } }", "MEMORY { a : ORIGIN = 1 }", "VERSION { a", "INSERT SOMEWHERE x", "a = ALIGN();", "}", "x y z",
    "a = " + "(" * 5000,
])
def test_syntax_errors_are_reported(text: str) -> None:
    with pytest.raises(ToolError):
        parse(text)


def test_group_and_as_needed() -> None:
    script = parse("GROUP ( /lib/libc.so.6 /usr/lib/libc_nonshared.a AS_NEEDED ( /lib/ld.so ) )")
    assert [(i.name, i.as_needed, i.group) for i in script.inputs] == [
        ("/lib/libc.so.6", False, 1), ("/usr/lib/libc_nonshared.a", False, 1), ("/lib/ld.so", True, 1)]
