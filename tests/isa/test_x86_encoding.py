"""Every row of the x86 tables with operands drawn at random, against GNU as."""
from __future__ import annotations

import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.diagnostics import ToolError
from toolchain.isa.x86 import registers as r
from toolchain.isa.x86.instructions import FORMS, NAMES, P_MEM
from toolchain.isa.x86.isa import X86
from toolchain.mc.model.fragment import Contents
from toolchain.mc.model.operand import NO_REG, imm, reg

BLOCKS = {"r64": (r.R64, 16), "r32": (r.R32, 16), "r16": (r.R16, 16), "r8": (r.R8, 16), "xmm": (r.XMM, 16), "ymm": (r.YMM, 16), "mm": (r.MM, 8),
          "sti": (r.ST, 8), "cr": (r.CR, 5), "dr": (r.DR, 8), "sreg": (r.SREG, 6)}
FIXED = {"al": r.R8, "ax": r.R16, "eax": r.R32, "rax": r.R64, "cl": r.R8 + 1, "dx": r.R16 + 2, "st": r.ST_TOP, "es": r.SREG, "cs": r.SREG + 1,
         "ss": r.SREG + 2, "ds": r.SREG + 3, "fs": r.SREG + 4, "gs": r.SREG + 5}
VALUES = {"imm8": 0x5A, "imm16": 0x1234, "imm32": 0x12345678, "imm64": 0x123456789ABCDEF0}
# Short forms that the assembler's choice of row takes (accumulator forms, stores between vector registers), names that GNU as has not.
OTHER_FORMS = re.compile(r"(add|or|adc|sbb|and|sub|xor|cmp|test|xchg)[bwlq]$|vmov")


def operand(rng: random.Random, mode: int, kind: str, place: int) -> list[int]:
    """A random operand of a kind."""
    count = 16 if mode == 64 else 8
    if place == P_MEM:
        first = r.R64 if mode == 64 else r.R32
        base = first + rng.randrange(count)
        index = first + rng.choice([i for i in range(count) if i != 4])
        disp = rng.choice([0, 8, -8, 127, 128, 0x12345])
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


def encoded(mode: int) -> list[tuple[str, str, bytes]]:
    """(row name, text, our bytes) of every row that the mode has."""
    rng = random.Random(mode)
    isa = X86(mode)
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


@pytest.mark.skipif(shutil.which("as") is None, reason="needs GNU as")
@pytest.mark.parametrize("mode", [64, 32])
def test_every_row_against_gnu_as(mode: int, tmp_path: Path) -> None:
    """Each row's bytes are what GNU as makes of its text."""
    rows = encoded(mode)
    assert len(rows) > 3000
    source, listing = tmp_path / "a.s", tmp_path / "a.lst"
    command = ["as", f"--{mode}", "--listing-lhs-width=8", f"-aln={listing}", "-o", str(tmp_path / "a.o"), str(source)]
    source.write_text("".join(text + "\n" for _, text, _ in rows))
    first = subprocess.run(command, capture_output=True, text=True, check=False)
    refused = {int(m.group(1)) - 1 for m in re.finditer(r":(\d+): Error", first.stderr)}
    assert len(refused) < 25
    rows = [row for n, row in enumerate(rows) if n not in refused]
    source.write_text("".join(text + "\n" for _, text, _ in rows))
    subprocess.run(command, capture_output=True, check=True)
    theirs: dict[int, bytes] = {}
    for line in listing.read_text().split("\n"):
        m = re.match(r"\s*(\d+) ([0-9a-f?]{4,}) ([0-9A-F ]+?)\s*(\t|$)", line)
        if m:
            theirs[int(m.group(1)) - 1] = bytes.fromhex(m.group(3).replace(" ", ""))
    wrong = [(name, text, data.hex(), theirs.get(n, b"").hex()) for n, (name, text, data) in enumerate(rows)
             if theirs.get(n) != data and not OTHER_FORMS.match(text.split("\t")[0])]
    assert wrong == []
