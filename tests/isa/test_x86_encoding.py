"""Every row of the x86 tables with operands drawn at random: our own text parser in both syntaxes, Capstone, Keystone and GNU as."""
from __future__ import annotations

import io
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain import assembler
from toolchain.diagnostics import Diagnostics, ToolError
from toolchain.isa.x86 import registers as r
from toolchain.isa.x86.instructions import FORMS, NAMES, P_MEM, VSIB, VSIB_XMM
from toolchain.isa.x86.isa import X86
from toolchain.isa.x86.table_base import CONDITIONS
from toolchain.mc.model.fragment import Contents
from toolchain.mc.model.operand import NO_REG, imm, reg

BLOCKS = {"r64": (r.R64, 16), "r32": (r.R32, 16), "r16": (r.R16, 16), "r8": (r.R8, 16), "xmm": (r.XMM, 16), "ymm": (r.YMM, 16), "mm": (r.MM, 8),
          "sti": (r.ST, 8), "cr": (r.CR, 5), "dr": (r.DR, 8), "sreg": (r.SREG, 6)}
FIXED = {"al": r.R8, "ax": r.R16, "eax": r.R32, "rax": r.R64, "cl": r.R8 + 1, "dx": r.R16 + 2, "st": r.ST_TOP, "es": r.SREG, "cs": r.SREG + 1,
         "ss": r.SREG + 2, "ds": r.SREG + 3, "fs": r.SREG + 4, "gs": r.SREG + 5}
VALUES = {"imm8": 0x5A, "imm16": 0x1234, "imm32": 0x12345678, "imm64": 0x123456789ABCDEF0}


def operand(rng: random.Random, mode: int, kind: str, place: int) -> list[int]:
    """A random operand of a kind."""
    count = 16 if mode == 64 else 8
    if place == P_MEM:
        first = r.R64 if mode == 64 else r.R32
        base = first + rng.randrange(count)
        index = first + rng.choice([i for i in range(count) if i != 4])
        disp = rng.choice([0, 8, -8, 127, 128, 0x12345])
        if kind in VSIB:
            return [reg(base), imm(rng.choice([1, 2, 4, 8])), reg((r.XMM if kind == VSIB_XMM else r.YMM) + rng.randrange(count)), imm(disp), NO_REG]
        if rng.random() < 0.5:
            return [reg(base), imm(0), NO_REG, imm(disp), NO_REG]
        return [reg(base), imm(rng.choice([1, 2, 4, 8])), reg(index), imm(disp), NO_REG]
    if kind in BLOCKS:
        first, size = BLOCKS[kind]
        size = min(size, 4 if kind == "r8" and mode == 32 else count)
        choices = [i for i in range(size) if not (kind == "cr" and i == 1) and not (kind == "sti" and i == 0)]
        return [reg(first + rng.choice(choices))]
    if kind in FIXED:
        return [reg(FIXED[kind])]
    if kind == "one":
        return [imm(1)]
    if kind == "simm8":
        return [imm(rng.choice([0, 1, -1, 127, -128]))]
    if kind == "simm32":
        return [imm(rng.choice([0x12345678, -300, 0x7FFFFFFF]))]
    if kind.startswith("moffs"):
        return [imm(0x1122334455667788 if mode == 64 else 0x11223344)]
    return [imm(VALUES[kind])]


def encoded(mode: int, intel: bool = False) -> list[tuple[str, str, bytes]]:
    """(row name, text, our bytes) of every row that the mode has."""
    rng = random.Random(mode)
    isa = X86(mode)
    if intel:
        isa.speak_intel()
    names = {number: name for name, number in NAMES.items()}
    out: list[tuple[str, str, bytes]] = []
    for n, form in enumerate(FORMS):
        if any(k.startswith("rel") for k in form.kinds) or (form.no64 if mode == 64 else form.only64):
            continue
        ops = [o for kind, place in zip(form.kinds, form.places, strict=True) for o in operand(rng, mode, kind, place)]
        code = Contents(0, [])
        try:
            isa.encode(n, ops, [], code, 0)
        except ToolError:
            continue
        out.append((names[n], isa.print(n, ops, []), bytes(code.data)))
    return out


# Capstone's name where it is another than that of our row.
CAPSTONE_NAMES = {"movabs": "mov", "sal": "shl", "icebp": "int1", "ud2a": "ud2", "fxsaveq": "fxsave64", "fxrstorq": "fxrstor64", "fucomip": "fucompi",
                  "fcomip": "fcompi", "fcmovae": "fcmovnb", "fcmova": "fcmovnbe", "fadd": "faddp", "fmul": "fmulp", "fsub": "fsubp", "fsubr": "fsubrp",
                  "fdiv": "fdivp", "fdivr": "fdivrp", "fwait": "wait", "loopz": "loope", "loopnz": "loopne"}
PAIRS = ({"mov", "movabs"}, {"movsx", "movsxd"}, {"movd", "movq"})
# It does not know these, has their operands wrong (ud0, ud1), or sees a prefix without its instruction.
UNKNOWN_TO_CAPSTONE = re.compile(r"UD[01]|SERIALIZE|HRESET|ENQCMD|X(SUS|RES)LDTRK|UIRET|TESTUI|CLUI|STUI|SENDUIPI|PSMASH|PVALIDATE|RMP|INVLPGB|TLBSYNC|TDCALL|SEAM"
                                r"|MCOMMIT|RDPRU|WRMSR|RDMSRLIST|(LOCK|REP|REPE|REPZ|REPNE|REPNZ|DATA16|DATA32|ADDR16|ADDR32|BND|NOTRACK|XACQUIRE|XRELEASE)$")
SIZED = re.compile(r"(push|pop|pushf|popf|pusha|popa|ret|retf|iret|leave|sysret|sysexit|xlat|[ls]gdt|[ls]idt)[wdqlb]?$")


def normal(name: str) -> str:
    """One name for all spellings of an instruction, without the size letters that Capstone writes elsewhere."""
    m = re.match(r"(set|cmov|j)([a-z]+?)(b?)$", name)
    if m and name != "jmp":
        for names in CONDITIONS:
            for n in (m.group(2) + m.group(3), m.group(2)):
                if n in names:
                    return m.group(1) + names[0]
    m = SIZED.match(name)
    return m.group(1) if m else name.removeprefix("l") if name in ("ljmp", "lcall") else name


def same_name(mine: str, theirs: str) -> bool:
    """Whether two mnemonics name one instruction."""
    theirs = theirs.split(" ")[-1]
    mine = re.sub("mul[lh]q[lh]q", "mulq", mine)            # the halves stand in an immediate
    return mine == theirs or normal(CAPSTONE_NAMES.get(mine, mine)) == normal(theirs) or normal(mine) == normal(theirs) or {mine, theirs} in PAIRS


# Keystone writes size prefixes that change nothing, the undocumented copies of fcom, and EVEX forms; a far jump through memory it does not have.
KEYSTONE_DIFFERS = re.compile(r"MOV[WLQ]_(RG|GR)$|PUSHF$|POPF$|IRET$|SYSRET$|SYSEXIT$|(SLDT|STR)Q_R$|FCOMP?_TT$|VCVTS[SD]2SI[LQ]_RM$|L(JMP|CALL)W_M$")
# Rows whose text says less than the row: GNU as, and ours, take a shorter form or another of the same meaning.
AMBIGUOUS = re.compile(r"(V?MOV|XCHG|TEST|VMOV|LJMPW|LCALLW|PUSHW_S|SYSEXITL?$|SYSRETL?$)")
INTEL_HEAD = ".intel_syntax noprefix\n"


def gnu_bytes(mode: int, head: str, rows: list[tuple[str, str, bytes]], directory: Path) -> tuple[list[tuple[str, str, bytes]], dict[int, bytes]]:
    """The rows that GNU as takes, and by their index what it makes of them."""
    source, listing = directory / "a.s", directory / "a.lst"
    command = ["as", f"--{mode}", "--listing-lhs-width=8", f"-aln={listing}", "-o", str(directory / "a.o"), str(source)]
    source.write_text(head + "".join(text + "\n" for _, text, _ in rows))
    first = subprocess.run(command, capture_output=True, text=True, check=False)
    start = head.count("\n") + 1
    refused = {int(m.group(1)) - start for m in re.finditer(r":(\d+): Error", first.stderr)}
    assert len(refused) < 30
    rows = [row for n, row in enumerate(rows) if n not in refused]
    source.write_text(head + "".join(text + "\n" for _, text, _ in rows))
    subprocess.run(command, capture_output=True, check=True)
    theirs: dict[int, bytes] = {}
    for line in listing.read_text().split("\n"):
        m = re.match(r"\s*(\d+) ([0-9a-f?]{4,}) ([0-9A-F ]+?)\s*(\t|$)", line)
        if m:
            theirs[int(m.group(1)) - start] = bytes.fromhex(m.group(3).replace(" ", ""))
    return rows, theirs


def ours(mode: int, head: str, text: str) -> bytes:
    """What our assembler makes of one line, b"" if it refuses."""
    triple = "x86_64-linux-gnu" if mode == 64 else "i386-linux-gnu"
    image = assembler.assemble(head + text + "\n", "a.s", triple, [], Diagnostics("as", io.StringIO()))
    return b"" if image is None else bytes(next(s.data for s in image.sections if s.name == ".text"))


@pytest.mark.skipif(shutil.which("as") is None, reason="needs GNU as")
@pytest.mark.parametrize("mode", [64, 32])
@pytest.mark.parametrize("intel", [False, True])
def test_every_row_against_gnu_as(mode: int, intel: bool, tmp_path: Path) -> None:
    """Each row's bytes are what GNU as makes of its text, and what our assembler does."""
    head = INTEL_HEAD if intel else ""
    rows = encoded(mode, intel)
    assert len(rows) > 3000
    rows, theirs = gnu_bytes(mode, head, rows, tmp_path)
    wrong = [(name, text, data.hex(), theirs.get(n, b"").hex()) for n, (name, text, data) in enumerate(rows)
             if theirs.get(n) != data and not AMBIGUOUS.match(name)]
    assert wrong == []
    parsed = [(name, text, ours(mode, head, text).hex(), theirs.get(n, b"").hex()) for n, (name, text, _) in enumerate(rows)
              if ours(mode, head, text) != theirs.get(n)]
    assert parsed == []


@pytest.mark.parametrize("mode", [64, 32])
def test_every_row_by_capstone(mode: int) -> None:
    """Capstone reads each row as one instruction of the same length and name."""
    import capstone
    md = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64 if mode == 64 else capstone.CS_MODE_32)
    wrong: list[tuple[str, str, str, str]] = []
    for name, text, data in encoded(mode, True):
        got = list(md.disasm(data, 0x1000))
        theirs = got[0].mnemonic if got else ""
        mine = text.split("\t")[0]
        waits = data[0] == 0x9B and len(got) == 2
        if sum(i.size for i in got) == len(data) and (len(got) == 1 and same_name(mine, theirs) or waits):
            continue
        if not UNKNOWN_TO_CAPSTONE.match(name):
            wrong.append((name, text, data.hex(), theirs))
    assert wrong == []


@pytest.mark.parametrize("mode", [64, 32])
def test_every_row_by_keystone(mode: int) -> None:
    """Keystone makes the same bytes of our Intel text, or bytes that Capstone reads as the same instruction."""
    import capstone
    import keystone
    ks = keystone.Ks(keystone.KS_ARCH_X86, keystone.KS_MODE_64 if mode == 64 else keystone.KS_MODE_32)
    md = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64 if mode == 64 else capstone.CS_MODE_32)
    wrong: list[tuple[str, str, str, str]] = []
    equal = refused = 0
    for name, text, data in encoded(mode, True):
        try:
            made = bytes(ks.asm(text.replace("\t", " ").replace("MMWORD PTR", "QWORD PTR"))[0] or b"")
        except keystone.KsError:
            refused += 1
            continue
        if made == data:
            equal += 1
        elif not KEYSTONE_DIFFERS.match(name) and [(i.mnemonic, i.op_str) for i in md.disasm(made, 0)] != [(i.mnemonic, i.op_str) for i in md.disasm(data, 0)]:
            wrong.append((name, text, data.hex(), made.hex()))
    assert wrong == [] and equal > 2500 and refused < 1000
