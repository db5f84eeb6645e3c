"""The RISC-V table: named numbers, encodings against Capstone, compressed forms, ISA strings."""
from __future__ import annotations

import random
from pathlib import Path

import pytest
from asm_helpers import GNU_AS, assemble, gnu, section

from toolchain.diagnostics import Diagnostics, ToolError
from toolchain.isa.riscv import arch, registers, rows
from toolchain.isa.riscv.compress import compressed
from toolchain.isa.riscv.fields import PLAIN, register_class
from toolchain.isa.riscv.instructions import ROWS, rows_module
from toolchain.isa.riscv.isa import Riscv
from toolchain.mc.model import isa as isa_model
from toolchain.mc.model import operand as pack
from toolchain.mc.model.fragment import Contents

capstone = pytest.importorskip("capstone")


def test_named_row_numbers_match_the_table() -> None:
    assert Path(rows.__file__).read_text() == rows_module()
    assert ROWS[rows.ADDI].mnemonic == "addi" and ROWS[rows.LD].operands == ("rd", "off", "rs1")
    assert ROWS[rows.SD].uses == 0b101 and ROWS[rows.SD].defs == 0 and ROWS[rows.BEQ].flags & isa_model.BRANCH


def encode(isa: Riscv, row: int, operands: list[int]) -> bytes:
    code = Contents(0, True)
    isa.encode(row, operands, [], code, 0)
    return bytes(code.data)


def make(march: str) -> Riscv:
    isa = Riscv(march)
    isa.start(Diagnostics("test", open("/dev/null", "w")))
    return isa


def test_base_instructions_decode_to_themselves() -> None:
    decoder = capstone.Cs(capstone.CS_ARCH_RISCV, capstone.CS_MODE_RISCV64)
    isa = make("rv64g")
    checked = 0
    for row in ROWS:
        plain = all(register_class(k) in (0, 32) or k in ("imm", "off", "soff", "shamt", "shamt5", "zimm5") for k in row.operands)
        if row.flags & (isa_model.ALIAS | isa_model.MACRO) or not plain or not row.operands:
            continue
        if row.extension.split("&")[0] not in ("i", "m", "a", "f", "d", "zmmul") or row.mnemonic.startswith(("amo", "lr", "sc", "fence", "sfence")):
            continue
        operands = [pack.imm(3) if register_class(k) < 0 else pack.reg(register_class(k) + 10 + i) for i, k in enumerate(row.operands)]
        text = next(decoder.disasm(encode(isa, row.number, operands), 0), None)
        assert text is not None and text.mnemonic == row.mnemonic, row.mnemonic
        for op in operands:
            word = "3" if op & 7 == pack.IMM else registers.NAMES[op >> 3]
            assert word in text.op_str, (row.mnemonic, text.op_str)
        checked += 1
    assert checked > 100


def test_compressed_forms_mean_the_same() -> None:
    long = capstone.Cs(capstone.CS_ARCH_RISCV, capstone.CS_MODE_RISCV64 | capstone.CS_MODE_RISCVC)
    rng = random.Random(1)
    isa = make("rv64g")
    seen = set()
    for _ in range(4000):
        row = ROWS[rng.choice([rows.ADDI, rows.ADDIW, rows.LW, rows.LD, rows.SW, rows.SD, rows.ADD, rows.SUB, rows.AND, rows.OR, rows.XOR,
                               rows.ADDW, rows.SUBW, rows.SLLI, rows.SRLI, rows.SRAI, rows.ANDI, rows.LUI, rows.FLD, rows.FSD])]
        register = rng.choice([2, 8, 9, 10, 15, 20])
        operands = [pack.imm(rng.choice([1, 4, 8, 16, 31])) if register_class(k) < 0
                    else pack.reg(register_class(k) + rng.choice([register, 2, 8, 12])) for k in row.operands]
        word = int.from_bytes(encode(isa, row.number, operands), "little")
        short = compressed(word, 64)
        if short:
            text = next(long.disasm(short.to_bytes(2, "little"), 0))
            assert text.mnemonic.startswith("c."), row.mnemonic
            seen.add(text.mnemonic)
    assert {"c.addi", "c.lw", "c.ld", "c.sw", "c.sd", "c.add", "c.sub", "c.and", "c.or", "c.xor", "c.slli", "c.srli", "c.lui"} <= seen


def sample(kind: str, rng: random.Random) -> str:
    base = register_class(kind)
    if base >= 0:
        low = 8 if kind.endswith("c") else 1
        high = 15 if kind.endswith("c") else 31
        n = rng.randint(low, high)
        return registers.NAMES[base + (n if n != 2 or kind != "rdlui" else 3)]
    if kind == "vm":
        return "v0.t"
    if kind in ("boff", "joff", "cboff", "cjoff"):
        return "target"
    if kind == "address":
        return "elsewhere"
    if kind == "tpadd":
        return "%tprel_add(thread)"
    fixed = {"csr": "sstatus", "pred": "rw", "succ": "w", "rm": "rtz", "vtype11": "e32,m2,ta,ma", "vtype10": "e8,m1", "clwsp": "8", "cldsp": "16",
             "cswsp": "8", "csdsp": "16", "clw": "8", "cld": "16", "caddi16sp": "32", "caddi4spn": "16", "poff": "64", "const": "0x12345678", "zero": "0",
             "simm5m1": "7", "simm5": "-7"}
    if kind in fixed:
        return fixed[kind]
    _, low, high = PLAIN.get(kind, (0, 1, 31))
    return str(rng.randint(max(low, 1), min(high, 31)))


@pytest.mark.skipif(GNU_AS is None, reason="riscv64-linux-gnu-as is not installed")
def test_every_form_against_gnu_as(tmp_path: Path) -> None:
    rng = random.Random(7)
    march = ("-march=rv64gcvh_zfh_zba_zbb_zbc_zbs_zbkb_zbkc_zbkx_zknd_zkne_zknh_zksed_zksh_zicbom_zicboz_zicbop_zawrs_zihintpause_svinval")
    lines = ["target:"]
    newer = ("zicond", "q")
    for row in ROWS:
        if row.extension.split("&")[0] in newer or row.extension.endswith("&q") or "rv32" in row.extension or row.mnemonic in ("lga", "slli64", "c.slli64") or row.mnemonic.endswith("64"):
            continue
        for _ in range(2):
            lines.append(f"{row.mnemonic} {row.template.format(*[sample(k, rng) for k in row.operands])}")
    text = "\n".join(lines) + "\n"
    assert section(assemble(text, march), ".text") == section(gnu(text, tmp_path, march), ".text")


def test_isa_strings() -> None:
    bits, names, versions = arch.parse("rv64gc_zba_zicbom")
    assert bits == 64 and {"i", "m", "a", "f", "d", "c", "zba", "zicbom", "zmmul"} <= names
    assert arch.canonical(bits, names, versions) == "rv64i2p0_m2p0_a2p0_f2p0_d2p0_c2p0_zicbom1p0_zmmul1p0_zba1p0"
    assert arch.canonical(*arch.parse("rv32i2p1_m2p0")) == "rv32i2p1_m2p0_zmmul1p0"
    for bad in ("rv64", "x86", "rv64gc_zfrob", "rv64gcy", "rv64i_zvl128b"):
        with pytest.raises(ToolError):
            arch.parse(bad)
