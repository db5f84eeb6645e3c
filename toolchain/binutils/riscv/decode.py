"""RV64GC (and RV32GC) instructions as text, in the spelling of GNU objdump: aliases preferred.

Source: The RISC-V Instruction Set Manual, Volume I (20191213), chapter 24 (encodings) and the
assembler's pseudo-instruction table; CSR numbers from Volume II.
"""
from __future__ import annotations

from typing import Final

X: Final = ("zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6").split()
F: Final = ("ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 "
            "fs10 fs11 ft8 ft9 ft10 ft11").split()
ROUNDING: Final = ("rne", "rtz", "rdn", "rup", "rmm", "unknown", "unknown", "dyn")
BRANCHES: Final = {0: "beq", 1: "bne", 4: "blt", 5: "bge", 6: "bltu", 7: "bgeu"}
BRANCH_ZERO: Final = {0: "beqz", 1: "bnez", 4: "bltz", 5: "bgez"}
LOADS: Final = {0: "lb", 1: "lh", 2: "lw", 3: "ld", 4: "lbu", 5: "lhu", 6: "lwu"}
STORES: Final = {0: "sb", 1: "sh", 2: "sw", 3: "sd"}
OP_IMM: Final = {0: "add", 2: "slti", 3: "sltiu", 4: "xor", 6: "or", 7: "and"}
OP: Final = {
    0x000: "add", 0x100: "sub", 0x001: "sll", 0x002: "slt", 0x003: "sltu", 0x004: "xor", 0x005: "srl", 0x105: "sra", 0x006: "or",
    0x007: "and", 0x008: "mul", 0x009: "mulh", 0x00A: "mulhsu", 0x00B: "mulhu", 0x00C: "div", 0x00D: "divu", 0x00E: "rem", 0x00F: "remu"}
OP_32: Final = {0x000: "addw", 0x100: "subw", 0x001: "sllw", 0x005: "srlw", 0x105: "sraw", 0x008: "mulw", 0x00C: "divw", 0x00D: "divuw",
                0x00E: "remw", 0x00F: "remuw"}
ATOMICS: Final = {0: "amoadd", 1: "amoswap", 4: "amoxor", 8: "amoor", 12: "amoand", 16: "amomin", 20: "amomax", 24: "amominu", 28: "amomaxu"}
CSR_OPS: Final = {1: "csrrw", 2: "csrrs", 3: "csrrc", 5: "csrrwi", 6: "csrrsi", 7: "csrrci"}
FLOAT_OPS: Final = {0: "fadd", 1: "fsub", 2: "fmul", 3: "fdiv"}
FLOAT_SIZES: Final = {0: "s", 1: "d", 2: "h", 3: "q"}
SYSTEM: Final = {0x00000073: "ecall", 0x00100073: "ebreak", 0x10200073: "sret", 0x30200073: "mret", 0x7B200073: "dret",
                 0x10500073: "wfi", 0x00200073: "uret"}
CSRS: Final = {
    0x001: "fflags", 0x002: "frm", 0x003: "fcsr", 0xC00: "cycle", 0xC01: "time", 0xC02: "instret", 0xC80: "cycleh", 0xC81: "timeh",
    0xC82: "instreth", 0x100: "sstatus", 0x104: "sie", 0x105: "stvec", 0x106: "scounteren", 0x10A: "senvcfg", 0x140: "sscratch",
    0x141: "sepc", 0x142: "scause", 0x143: "stval", 0x144: "sip", 0x14D: "stimecmp", 0x15D: "stimecmph", 0x180: "satp",
    0x5A8: "scontext", 0x600: "hstatus", 0x602: "hedeleg", 0x603: "hideleg", 0x604: "hie", 0x605: "htimedelta", 0x606: "hcounteren",
    0x607: "hgeie", 0x60A: "henvcfg", 0x643: "htval", 0x644: "hip", 0x645: "hvip", 0x64A: "htinst", 0x680: "hgatp", 0xE12: "hgeip",
    0x200: "vsstatus", 0x204: "vsie", 0x205: "vstvec", 0x240: "vsscratch", 0x241: "vsepc", 0x242: "vscause", 0x243: "vstval",
    0x244: "vsip", 0x280: "vsatp", 0xF11: "mvendorid", 0xF12: "marchid", 0xF13: "mimpid", 0xF14: "mhartid", 0xF15: "mconfigptr",
    0x300: "mstatus", 0x301: "misa", 0x302: "medeleg", 0x303: "mideleg", 0x304: "mie", 0x305: "mtvec", 0x306: "mcounteren",
    0x30A: "menvcfg", 0x310: "mstatush", 0x31A: "menvcfgh", 0x320: "mcountinhibit", 0x340: "mscratch", 0x341: "mepc", 0x342: "mcause",
    0x343: "mtval", 0x344: "mip", 0x34A: "mtinst", 0x34B: "mtval2", 0xB00: "mcycle", 0xB02: "minstret", 0x747: "mseccfg",
    0x757: "mseccfgh", 0x7A0: "tselect", 0x7A1: "tdata1", 0x7A2: "tdata2", 0x7A3: "tdata3", 0x7A4: "tinfo", 0x7A5: "tcontrol",
    0x7A8: "mcontext", 0x7B0: "dcsr", 0x7B1: "dpc", 0x7B2: "dscratch0", 0x7B3: "dscratch1",
    0x008: "vstart", 0x009: "vxsat", 0x00A: "vxrm", 0x00F: "vcsr", 0xC20: "vl", 0xC21: "vtype", 0xC22: "vlenb", 0x015: "seed",
    0xDA0: "scountovf", 0x10C: "sstateen0", 0x10D: "sstateen1", 0x10E: "sstateen2", 0x10F: "sstateen3",
    0x150: "siselect", 0x151: "sireg", 0x15C: "stopei", 0xDB0: "stopi", 0x114: "sieh", 0x154: "siph", 0x350: "miselect",
    0x351: "mireg", 0x35C: "mtopei", 0xFB0: "mtopi", 0x308: "mvien", 0x309: "mvip", 0x313: "midelegh", 0x314: "mieh", 0x318: "mvienh",
    0x319: "mviph", 0x354: "miph", 0x608: "hvien", 0x609: "hvictl", 0x646: "hviprio1", 0x647: "hviprio2", 0x250: "vsiselect",
    0x251: "vsireg", 0x25C: "vstopei", 0xEB0: "vstopi"}
NOWHERE: Final = -1
READ_COUNTERS: Final = {0xC00: "rdcycle", 0xC01: "rdtime", 0xC02: "rdinstret", 0xC80: "rdcycleh", 0xC81: "rdtimeh", 0xC82: "rdinstreth"}


def signed(value: int, bits: int) -> int:
    """`value` of `bits` bits as a signed number."""
    return value - (1 << bits) if value >> (bits - 1) & 1 else value


def csr_name(number: int) -> str:
    """A CSR's name, or its number."""
    name = CSRS.get(number)
    if name is not None:
        return name
    if 0xC03 <= number <= 0xC1F:
        return f"hpmcounter{number - 0xC00}"
    if 0xB03 <= number <= 0xB1F:
        return f"mhpmcounter{number - 0xB00}"
    if 0x323 <= number <= 0x33F:
        return f"mhpmevent{number - 0x320}"
    if 0x3A0 <= number <= 0x3AF:
        return f"pmpcfg{number - 0x3A0}"
    if 0x3B0 <= number <= 0x3EF:
        return f"pmpaddr{number - 0x3B0}"
    return f"0x{number:x}"


class RiscvDecoder:
    """Decodes one instruction at a time; remembers upper halves to show the addresses that pairs make."""

    def __init__(self, bits: int, aliases: bool = True, global_pointer: int | None = None) -> None:
        self.bits = bits
        self.aliases = aliases
        self.global_pointer = global_pointer
        self.high: dict[int, int] = {}
        self.pc = 0
        self.shown = NOWHERE

    def address(self, base: int, offset: int, word: bool = False) -> None:
        """Note the address `base` + offset makes, if the upper half is known."""
        mask = (1 << self.bits) - 1
        if base in self.high:
            self.shown = (self.high.pop(base) + offset) & mask
        elif base == 3 and self.global_pointer is not None:
            self.shown = (self.global_pointer + offset) & mask
        elif base == 4 or base == 0:
            self.shown = offset & mask
        else:
            return
        if word:
            self.shown = signed(self.shown & 0xFFFFFFFF, 32) & mask

    def decode(self, word: int, pc: int, size: int) -> tuple[str, int | None, bool]:
        """Text, the address it mentions (or None), and whether that address is only a comment.  The
        address is not in the text."""
        self.pc = pc
        self.shown = NOWHERE
        if size == 2:
            text, target = self._compressed(word)
        else:
            text, target = self._word(word)
        if not text:
            return f".{size}byte\t0x{word:x}", None, False
        if target is not None:
            return text, target & ((1 << self.bits) - 1), False
        return text, None if self.shown == NOWHERE else self.shown, True

    # 32-bit instructions

    def _word(self, w: int) -> tuple[str, int | None]:
        opcode = w >> 2 & 31
        rd = w >> 7 & 31
        rs1 = w >> 15 & 31
        f3 = w >> 12 & 7
        if opcode == 0x0D or opcode == 0x05:
            value = signed(w >> 12, 20) << 12
            if rd:
                self.high[rd] = value if opcode == 0x0D else (self.pc + value) & ((1 << self.bits) - 1)
            return f"{'lui' if opcode == 0x0D else 'auipc'}\t{X[rd]},0x{w >> 12:x}", None
        if opcode == 0x1B:
            offset = signed(w >> 31 << 20 | (w >> 12 & 0xFF) << 12 | (w >> 20 & 1) << 11 | (w >> 21 & 0x3FF) << 1, 21)
            if rd == 0:
                return "j\t", self.pc + offset
            return ("jal\t" if rd == 1 else f"jal\t{X[rd]},"), self.pc + offset
        if opcode == 0x19 and f3 == 0:
            return self._jalr(rd, rs1, signed(w >> 20, 12)), None
        if opcode == 0x18:
            return self._branch(w, f3, rs1)
        if opcode == 0x00:
            return self._load(LOADS.get(f3, "") if self.bits == 64 or f3 not in (3, 6) else "", X[rd], rs1, signed(w >> 20, 12)), None
        if opcode == 0x08:
            offset = signed(w >> 25 << 5 | rd, 12)
            return self._load(STORES.get(f3, "") if self.bits == 64 or f3 != 3 else "", X[w >> 20 & 31], rs1, offset), None
        if opcode == 0x01 and f3 in (1, 2, 3, 4):
            return self._load({1: "flh", 2: "flw", 3: "fld", 4: "flq"}[f3], F[rd], rs1, signed(w >> 20, 12)), None
        if opcode == 0x09 and f3 in (1, 2, 3, 4):
            offset = signed(w >> 25 << 5 | rd, 12)
            return self._load({1: "fsh", 2: "fsw", 3: "fsd", 4: "fsq"}[f3], F[w >> 20 & 31], rs1, offset), None
        if opcode == 0x04 or opcode == 0x06:
            return self._immediate(w, opcode == 0x06, rd, rs1, f3), None
        if opcode == 0x0C or opcode == 0x0E:
            return self._register(w, opcode == 0x0E, rd, rs1, w >> 20 & 31, f3), None
        return self._rare(w, opcode, rd, rs1, f3), None

    def _jalr(self, rd: int, rs1: int, offset: int) -> str:
        if rd == 0 and rs1 == 1 and offset == 0:
            return "ret"
        self.address(rs1, offset)
        place = X[rs1] if offset == 0 else f"{offset}({X[rs1]})"
        if rd == 0:
            return f"jr\t{place}"
        return f"jalr\t{place}" if rd == 1 else f"jalr\t{X[rd]},{place}"

    def _branch(self, w: int, f3: int, rs1: int) -> tuple[str, int | None]:
        rs2 = w >> 20 & 31
        offset = signed(w >> 31 << 12 | (w >> 7 & 1) << 11 | (w >> 25 & 0x3F) << 5 | (w >> 8 & 15) << 1, 13)
        target = self.pc + offset
        if rs2 == 0 and f3 in BRANCH_ZERO:
            return f"{BRANCH_ZERO[f3]}\t{X[rs1]},", target
        if rs1 == 0 and f3 in (4, 5):
            return f"{'bgtz' if f3 == 4 else 'blez'}\t{X[rs2]},", target
        name = BRANCHES.get(f3)
        return (f"{name}\t{X[rs1]},{X[rs2]},", target) if name else ("", None)

    def _load(self, name: str, register: str, base: int, offset: int) -> str:
        if not name:
            return ""
        self.address(base, offset)
        return f"{name}\t{register},{offset}({X[base]})"

    def _immediate(self, w: int, word: bool, rd: int, rs1: int, f3: int) -> str:
        value = signed(w >> 20, 12)
        suffix = "w" if word else ""
        if f3 in (1, 5):
            bits = 5 if word or self.bits == 32 else 6
            top = w >> (20 + bits)
            flag = 0x400 >> bits
            if top not in (0, flag) or (f3 == 1 and top):
                return _bit_immediate(w, word, rd, rs1, f3, self.bits)
            name = "sll" if f3 == 1 else "sra" if top else "srl"
            return f"{name}{suffix}\t{X[rd]},{X[rs1]},0x{w >> 20 & ((1 << bits) - 1):x}"
        if word:
            if f3 != 0 or self.bits == 32:
                return ""
            if value == 0:
                return f"sext.w\t{X[rd]},{X[rs1]}"
            if rs1:
                self.address(rs1, value, True)
            return f"addw\t{X[rd]},{X[rs1]},{value}"
        if f3 == 0:
            if rd == 0 and rs1 == 0 and value == 0:
                return "nop"
            if rs1 == 0:
                return f"li\t{X[rd]},{value}"
            if value == 0:
                return f"mv\t{X[rd]},{X[rs1]}"
            self.address(rs1, value)
        elif f3 == 3 and value == 1:
            return f"seqz\t{X[rd]},{X[rs1]}"
        elif f3 == 4 and value == -1:
            return f"not\t{X[rd]},{X[rs1]}"
        elif f3 == 7 and value == 255:
            return f"zext.b\t{X[rd]},{X[rs1]}"
        return f"{OP_IMM[f3]}\t{X[rd]},{X[rs1]},{value}"

    def _register(self, w: int, word: bool, rd: int, rs1: int, rs2: int, f3: int) -> str:
        f7 = w >> 25
        key = f3 | (0x100 if f7 == 0x20 else 0x008 if f7 == 1 else 0x000 if f7 == 0 else 0x10000)
        if word:
            name = OP_32.get(key, "") if self.bits == 64 else ""
            if name == "subw" and rs1 == 0:
                return f"negw\t{X[rd]},{X[rs2]}"
        else:
            name = OP.get(key, "")
            if name == "sub" and rs1 == 0:
                return f"neg\t{X[rd]},{X[rs2]}"
            if name == "sltu" and rs1 == 0:
                return f"snez\t{X[rd]},{X[rs2]}"
            if name == "slt" and rs2 == 0:
                return f"sltz\t{X[rd]},{X[rs1]}"
            if name == "slt" and rs1 == 0:
                return f"sgtz\t{X[rd]},{X[rs2]}"
        if not name:
            return _bit_register(f7, word, rd, rs1, rs2, f3)
        return f"{name}\t{X[rd]},{X[rs1]},{X[rs2]}"

    def _rare(self, w: int, opcode: int, rd: int, rs1: int, f3: int) -> str:
        if opcode == 0x0B:
            return _atomic(w, rd, rs1, f3)
        if opcode == 0x03:
            return _fence(w, f3)
        if opcode == 0x1C:
            return self._system(w, rd, rs1, f3)
        if opcode == 0x14:
            return _float(w, rd, rs1, f3)
        if opcode in (0x10, 0x11, 0x12, 0x13):
            name = ("fmadd", "fmsub", "fnmsub", "fnmadd")[opcode - 0x10]
            size = FLOAT_SIZES[w >> 25 & 3]
            return f"{name}.{size}\t{F[rd]},{F[rs1]},{F[w >> 20 & 31]},{F[w >> 27]}{_rounding(f3)}"
        return ""

    def _system(self, w: int, rd: int, rs1: int, f3: int) -> str:
        if f3 == 0:
            if w in SYSTEM:
                return SYSTEM[w]
            f7, rs2 = w >> 25, w >> 20 & 31
            names = {0x09: "sfence.vma", 0x11: "hfence.vvma", 0x31: "hfence.gvma", 0x0B: "sinval.vma"}
            if f7 in names and rd == 0:
                if f7 == 0x0B:
                    return f"sinval.vma\t{X[rs1]},{X[rs2]}"
                if rs1 == 0 and rs2 == 0:
                    return names[f7]
                return f"{names[f7]}\t{X[rs1]}" if rs2 == 0 else f"{names[f7]}\t{X[rs1]},{X[rs2]}"
            if w == 0x18000073:
                return "sfence.w.inval"
            if w == 0x18100073:
                return "sfence.inval.ir"
            return ""
        number = w >> 20
        csr = csr_name(number)
        if f3 not in CSR_OPS:
            return ""
        if w == 0xC0001073:
            return "unimp"
        source = f"{rs1}" if f3 & 4 else X[rs1]
        if f3 == 2 and rs1 == 0:
            if number in READ_COUNTERS:
                return f"{READ_COUNTERS[number]}\t{X[rd]}"
            short = {1: "frflags", 2: "frrm", 3: "frcsr"}.get(number)
            return f"{short}\t{X[rd]}" if short else f"csrr\t{X[rd]},{csr}"
        if f3 == 1 and number in (1, 2, 3):
            short = {1: "fsflags", 2: "fsrm", 3: "fscsr"}[number]
            return f"{short}\t{X[rs1]}" if rd == 0 else f"{short}\t{X[rd]},{X[rs1]}"
        if f3 == 5 and number in (1, 2):
            short = {1: "fsflagsi", 2: "fsrmi"}[number]
            return f"{short}\t{source}" if rd == 0 else f"{short}\t{X[rd]},{source}"
        if rd == 0:
            return f"csr{'wsc'[(f3 & 3) - 1]}{'i' if f3 == 5 else ''}\t{csr},{source}"
        name = CSR_OPS[f3]
        return f"{name[:-1] if f3 > 5 else name}\t{X[rd]},{csr},{source}"

    # 16-bit instructions

    def _compressed(self, w: int) -> tuple[str, int | None]:
        quadrant = w & 3
        f3 = w >> 13
        if w == 0:
            return "unimp", None
        if quadrant == 0:
            return self._quadrant0(w, f3), None
        if quadrant == 1:
            return self._quadrant1(w, f3)
        return self._quadrant2(w, f3), None

    def _quadrant0(self, w: int, f3: int) -> str:
        rd = (w >> 2 & 7) + 8
        base = X[(w >> 7 & 7) + 8]
        if f3 == 0:
            value = (w >> 11 & 3) << 4 | (w >> 7 & 15) << 6 | (w >> 6 & 1) << 2 | (w >> 5 & 1) << 3
            return f"add\t{X[rd]},sp,{value}" if value else ""
        words = (w >> 10 & 7) << 3 | (w >> 6 & 1) << 2 | (w >> 5 & 1) << 6
        doubles = (w >> 10 & 7) << 3 | (w >> 5 & 3) << 6
        if f3 == 2 or f3 == 6:
            return f"{'lw' if f3 == 2 else 'sw'}\t{X[rd]},{words}({base})"
        if f3 == 1 or f3 == 5:
            return f"{'fld' if f3 == 1 else 'fsd'}\t{F[rd]},{doubles}({base})"
        if f3 == 3 or f3 == 7:
            if self.bits == 32:
                return f"{'flw' if f3 == 3 else 'fsw'}\t{F[rd]},{words}({base})"
            return f"{'ld' if f3 == 3 else 'sd'}\t{X[rd]},{doubles}({base})"
        return ""

    def _quadrant1(self, w: int, f3: int) -> tuple[str, int | None]:
        rd = w >> 7 & 31
        value = signed((w >> 12 & 1) << 5 | w >> 2 & 31, 6)
        if f3 == 0:
            if rd == 0:
                return ("nop" if value == 0 else f"c.nop\t{value}"), None
            if value:
                self.address(rd, value)
            return f"add\t{X[rd]},{X[rd]},{value}" if value else f"c.addi\t{X[rd]},0", None
        if f3 == 1 and self.bits == 64:
            if rd == 0:
                return "", None
            if value == 0:
                return f"sext.w\t{X[rd]},{X[rd]}", None
            self.address(rd, value, True)
            return f"addw\t{X[rd]},{X[rd]},{value}", None
        if f3 == 5 or f3 == 1:
            offset = signed((w >> 12 & 1) << 11 | (w >> 11 & 1) << 4 | (w >> 9 & 3) << 8 | (w >> 8 & 1) << 10 | (w >> 7 & 1) << 6
                            | (w >> 6 & 1) << 7 | (w >> 3 & 7) << 1 | (w >> 2 & 1) << 5, 12)
            return ("j\t" if f3 == 5 else "jal\t"), self.pc + offset
        if f3 == 2:
            return f"li\t{X[rd]},{value}", None
        if f3 == 3:
            return self._upper(w, rd, value), None
        if f3 == 4:
            return self._arithmetic(w, value), None
        offset = signed((w >> 12 & 1) << 8 | (w >> 10 & 3) << 3 | (w >> 5 & 3) << 6 | (w >> 3 & 3) << 1 | (w >> 2 & 1) << 5, 9)
        return f"{'beqz' if f3 == 6 else 'bnez'}\t{X[(w >> 7 & 7) + 8]},", self.pc + offset

    def _upper(self, w: int, rd: int, value: int) -> str:
        if rd == 2:
            value = signed((w >> 12 & 1) << 9 | (w >> 6 & 1) << 4 | (w >> 5 & 1) << 6 | (w >> 3 & 3) << 7 | (w >> 2 & 1) << 5, 10)
            return f"add\tsp,sp,{value}" if value else ""
        if value == 0:
            return ""
        self.high[rd] = value << 12
        return f"lui\t{X[rd]},0x{value & 0xFFFFF:x}"

    def _arithmetic(self, w: int, value: int) -> str:
        rd = X[(w >> 7 & 7) + 8]
        kind = w >> 10 & 3
        if kind < 2:
            amount = value & 63
            if amount == 0:
                return f"c.{'srli64' if kind == 0 else 'srai64'}\t{rd}"
            if self.bits == 32 and amount > 31:
                return ""
            return f"{'srl' if kind == 0 else 'sra'}\t{rd},{rd},0x{amount:x}"
        if kind == 2:
            return f"and\t{rd},{rd},{value}"
        rs2 = X[(w >> 2 & 7) + 8]
        name = ("sub", "xor", "or", "and", "subw", "addw", "", "")[(w >> 12 & 1) << 2 | w >> 5 & 3]
        return f"{name}\t{rd},{rd},{rs2}" if name and (self.bits == 64 or not w >> 12 & 1) else ""

    def _quadrant2(self, w: int, f3: int) -> str:
        rd = w >> 7 & 31
        rs2 = w >> 2 & 31
        if f3 == 0:
            amount = (w >> 12 & 1) << 5 | rs2
            if amount == 0 or rd == 0:
                return f"c.slli64\t{X[rd]}" if amount == 0 else f"c.slli\tzero,0x{amount:x}"
            return f"sll\t{X[rd]},{X[rd]},0x{amount:x}"
        words = (w >> 12 & 1) << 5 | (w >> 4 & 7) << 2 | (w >> 2 & 3) << 6
        doubles = (w >> 12 & 1) << 5 | (w >> 5 & 3) << 3 | (w >> 2 & 7) << 6
        if f3 == 2:
            return f"lw\t{X[rd]},{words}(sp)" if rd else ""
        if f3 == 3:
            if self.bits == 32:
                return f"flw\t{F[rd]},{words}(sp)"
            return f"ld\t{X[rd]},{doubles}(sp)" if rd else ""
        if f3 == 1:
            return f"fld\t{F[rd]},{doubles}(sp)"
        if f3 == 4:
            return self._moves(w, rd, rs2)
        words = (w >> 9 & 15) << 2 | (w >> 7 & 3) << 6
        doubles = (w >> 10 & 7) << 3 | (w >> 7 & 7) << 6
        if f3 == 5:
            return f"fsd\t{F[rs2]},{doubles}(sp)"
        if f3 == 6:
            return f"sw\t{X[rs2]},{words}(sp)"
        if self.bits == 32:
            return f"fsw\t{F[rs2]},{words}(sp)"
        return f"sd\t{X[rs2]},{doubles}(sp)"

    def _moves(self, w: int, rd: int, rs2: int) -> str:
        if not w >> 12 & 1:
            if rs2:
                return f"mv\t{X[rd]},{X[rs2]}" if rd else f"c.mv\tzero,{X[rs2]}"
            if rd == 0:
                return ""
            if rd == 1:
                return "ret"
            return f"jr\t{X[rd]}"
        if rs2:
            return f"add\t{X[rd]},{X[rd]},{X[rs2]}"
        return f"jalr\t{X[rd]}" if rd else "ebreak"


def _rounding(mode: int) -> str:
    return "" if mode == 7 else "," + ROUNDING[mode]


def _fence(w: int, f3: int) -> str:
    if f3 == 1:
        return "fence.i"
    if f3 == 2 and w >> 7 & 31 == 0:
        names = {0: "cbo.inval", 1: "cbo.clean", 2: "cbo.flush", 4: "cbo.zero"}
        return f"{names[w >> 20]}\t({X[w >> 15 & 31]})" if w >> 20 in names else ""
    if f3 != 0:
        return ""
    if w == 0x8330000F:
        return "fence.tso"
    if w == 0x0100000F:
        return "pause"
    before, after = w >> 24 & 15, w >> 20 & 15
    if before == 15 and after == 15:
        return "fence"
    return f"fence\t{_order(before)},{_order(after)}"


def _order(bits: int) -> str:
    return "".join(c for i, c in enumerate("iorw") if bits >> (3 - i) & 1) or "unknown"


def _atomic(w: int, rd: int, rs1: int, f3: int) -> str:
    if f3 not in (2, 3):
        return ""
    size = "w" if f3 == 2 else "d"
    order = ("", ".rl", ".aq", ".aqrl")[w >> 25 & 3]
    kind = w >> 27
    rs2 = w >> 20 & 31
    if kind == 2:
        return f"lr.{size}{order}\t{X[rd]},({X[rs1]})" if rs2 == 0 else ""
    if kind == 3:
        return f"sc.{size}{order}\t{X[rd]},{X[rs2]},({X[rs1]})"
    name = ATOMICS.get(kind)
    return f"{name}.{size}{order}\t{X[rd]},{X[rs2]},({X[rs1]})" if name else ""


def _float(w: int, rd: int, rs1: int, f3: int) -> str:
    """OP-FP."""
    f5 = w >> 27
    size = FLOAT_SIZES[w >> 25 & 3]
    rs2 = w >> 20 & 31
    if f5 in FLOAT_OPS:
        return f"{FLOAT_OPS[f5]}.{size}\t{F[rd]},{F[rs1]},{F[rs2]}{_rounding(f3)}"
    if f5 == 0x0B and rs2 == 0:
        return f"fsqrt.{size}\t{F[rd]},{F[rs1]}{_rounding(f3)}"
    if f5 == 0x04 and f3 < 3:
        if rs1 == rs2:
            return f"{('fmv', 'fneg', 'fabs')[f3]}.{size}\t{F[rd]},{F[rs1]}"
        return f"{('fsgnj', 'fsgnjn', 'fsgnjx')[f3]}.{size}\t{F[rd]},{F[rs1]},{F[rs2]}"
    if f5 == 0x05 and f3 < 2:
        return f"{('fmin', 'fmax')[f3]}.{size}\t{F[rd]},{F[rs1]},{F[rs2]}"
    if f5 == 0x14 and f3 < 3:
        return f"{('fle', 'flt', 'feq')[f3]}.{size}\t{X[rd]},{F[rs1]},{F[rs2]}"
    if f5 == 0x08 and rs2 < 4:
        widening = (size, FLOAT_SIZES[rs2]) in (("d", "s"), ("s", "h"), ("d", "h"), ("q", "s"), ("q", "d"), ("q", "h"))
        return f"fcvt.{size}.{FLOAT_SIZES[rs2]}\t{F[rd]},{F[rs1]}{'' if widening and f3 == 0 else _rounding(f3)}"
    integer = ("w", "wu", "l", "lu")[rs2] if rs2 < 4 else ""
    if f5 == 0x18 and integer:
        return f"fcvt.{integer}.{size}\t{X[rd]},{F[rs1]}{_rounding(f3)}"
    if f5 == 0x1A and integer:
        exact = size == "d" and rs2 < 2 and f3 == 0
        return f"fcvt.{size}.{integer}\t{F[rd]},{X[rs1]}{'' if exact else _rounding(f3)}"
    bits = {"s": "w", "d": "d", "h": "h", "q": "q"}[size]
    if f5 == 0x1C and rs2 == 0:
        if f3 == 1:
            return f"fclass.{size}\t{X[rd]},{F[rs1]}"
        return f"fmv.x.{bits}\t{X[rd]},{F[rs1]}" if f3 == 0 else ""
    if f5 == 0x1E and rs2 == 0 and f3 == 0:
        return f"fmv.{bits}.x\t{F[rd]},{X[rs1]}"
    return ""


def _bit_register(f7: int, word: bool, rd: int, rs1: int, rs2: int, f3: int) -> str:
    """Zba, Zbb, Zbs with two registers."""
    if word:
        names = {(0x10, 2): "sh1add.uw", (0x10, 4): "sh2add.uw", (0x10, 6): "sh3add.uw", (0x04, 0): "add.uw", (0x30, 1): "rolw", (0x30, 5): "rorw"}
        if (f7, f3) == (0x04, 0) and rs2 == 0:
            return f"zext.w\t{X[rd]},{X[rs1]}"
        if (f7, f3) == (0x04, 4) and rs2 == 0:
            return f"zext.h\t{X[rd]},{X[rs1]}"
    else:
        names = {(0x10, 2): "sh1add", (0x10, 4): "sh2add", (0x10, 6): "sh3add", (0x20, 7): "andn", (0x20, 6): "orn", (0x20, 4): "xnor",
                 (0x05, 4): "min", (0x05, 5): "minu", (0x05, 6): "max", (0x05, 7): "maxu", (0x30, 1): "rol", (0x30, 5): "ror",
                 (0x24, 1): "bclr", (0x24, 5): "bext", (0x34, 1): "binv", (0x14, 1): "bset", (0x05, 1): "clmul", (0x05, 3): "clmulh",
                 (0x05, 2): "clmulr"}
    name = names.get((f7, f3))
    return f"{name}\t{X[rd]},{X[rs1]},{X[rs2]}" if name else ""


def _bit_immediate(w: int, word: bool, rd: int, rs1: int, f3: int, bits: int) -> str:
    """Zba, Zbb, Zbs with an immediate."""
    number = w >> 20
    if word:
        unary = {0x600: "clzw", 0x601: "ctzw", 0x602: "cpopw"} if f3 == 1 else {}
        if f3 == 1 and w >> 26 == 2:
            return f"sll.uw\t{X[rd]},{X[rs1]},0x{number & 63:x}"
        if f3 == 5 and w >> 25 == 0x30:
            return f"rorw\t{X[rd]},{X[rs1]},0x{number & 31:x}"
    else:
        unary = {0x600: "clz", 0x601: "ctz", 0x602: "cpop", 0x604: "sext.b", 0x605: "sext.h"} if f3 == 1 else {
            0x287: "orc.b", 0x6B8 if bits == 64 else 0x698: "rev8"}
        names = {(0x12, 1): "bclr", (0x12, 5): "bext", (0x1A, 1): "binv", (0x0A, 1): "bset", (0x18, 5): "ror"}
        name = names.get((w >> 26, f3))
        if name and number not in unary:
            return f"{name}\t{X[rd]},{X[rs1]},0x{number & 63:x}"
    short = unary.get(number)
    return f"{short}\t{X[rd]},{X[rs1]}" if short else ""
