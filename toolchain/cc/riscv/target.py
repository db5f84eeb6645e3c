"""RISC-V RV64GC as a compiler target: what is special about it.

- Registers: x0 is zero; a 32-bit value is kept sign-extended in a 64-bit register.
- There are no flags: comparisons branch or give 0 or 1.
- Addresses of symbols take two instructions that the linker may shorten (medany: auipc + addi).
- Memory wants natural alignment (`-mstrict-align`, and all generic tuning).

Sources: RISC-V ELF psABI; RISC-V C API; GCC manual, "RISC-V Options" and "Machine Constraints".
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from toolchain.cc.codegen import patterns
from toolchain.cc.codegen.abi import AbiLowering, FunctionAbi
from toolchain.cc.codegen.build import IrBuilder
from toolchain.cc.codegen.emit import Emitter
from toolchain.cc.codegen.extension import narrow_constant
from toolchain.cc.codegen.mir import ROW_BASE, MachineFunction, MachineInstr
from toolchain.cc.codegen.select import Selector
from toolchain.cc.codegen.target import EXPAND, LEGAL, LIBCALL, BackTarget, Piece, RegisterClass, Signature
from toolchain.cc.ir.ir import (
    BSWAP,
    CLZ,
    CTZ,
    F16,
    F32,
    F64,
    F128,
    FADD,
    FCVT,
    FEQ,
    FUNORD,
    I32,
    I64,
    I128,
    INTRINSIC,
    MUL,
    NIL,
    POPCOUNT,
    PTR,
    ROTL,
    SDIV,
    SMULH,
    UITOF,
    UMULH,
    UREM,
    VOLATILE,
    GlobalSymbol,
    Instr,
    Intrinsic,
)
from toolchain.cc.options import CompileOptions
from toolchain.cc.riscv import abi, asm, facts, frame, leaves, macros, pseudo, select
from toolchain.cc.riscv.ops import DESCS, INVERSE, LABEL_ADDRESS, LI
from toolchain.cc.types import FunctionType, Type
from toolchain.diagnostics import ToolError
from toolchain.elf.constants import STV_DEFAULT
from toolchain.isa.riscv import rows
from toolchain.isa.riscv.isa import Riscv
from toolchain.isa.riscv.registers import GP, NUMBERS, TP
from toolchain.mc.model import operand
from toolchain.mc.model.expr import Expr
from toolchain.mc.model.isa import Isa

GPR: Final = 0
FPR: Final = 1
# Preference: argument registers that compressed instructions reach (a0..a5 = x10..x15), other caller-saved,
# then callee-saved, s0 and s1 first.
GPR_ORDER: Final = [15, 14, 13, 12, 11, 10, 16, 17, 6, 28, 29, 30, 5, 7, 31, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27]
FPR_ORDER: Final = [47, 46, 45, 44, 43, 42, 48, 49, *range(32, 40), *range(60, 64), 40, 41, *range(50, 60)]
CALLEE_GPR: Final = [8, 9, *range(18, 28)]
CALLEE_FPR: Final = [40, 41, *range(50, 60)]
CODE_MODELS: Final = ("medlow", "medany")


class RiscvTarget(BackTarget):
    """RV64 under given options: `-march=`, `-mabi=`, `-mcmodel=`, and flags."""

    def __init__(self, options: CompileOptions) -> None:
        super().__init__("riscv", macros.layout(options), options)
        self.triple = "riscv64-linux-gnu"
        self.march = options.machine.get("march", macros.DEFAULT_ARCH)
        xlen, names = macros.extensions(self.march)
        if xlen != 64:
            raise ToolError(f"'-march={self.march}': there is no compiler for RV32, only preprocessor, assembler and linker")
        self.extensions = frozenset(names)
        self.abi = options.machine.get("mabi", macros.DEFAULT_ABI)
        if self.abi not in ("lp64", "lp64f", "lp64d"):
            raise ToolError(f"argument '{self.abi}' to '-mabi=' is not supported")
        need = {"lp64f": "f", "lp64d": "d"}.get(self.abi)
        if need and need not in self.extensions:
            raise ToolError(f"requested ABI '{self.abi}' requires the '{need}' extension")
        model = options.machine.get("mcmodel", "medlow")
        if model not in CODE_MODELS:
            raise ToolError(f"argument '{model}' to '-mcmodel=' is not supported")
        self.medlow = model == "medlow" and not options.pic
        self.pic = options.pic
        self.flen = {"lp64": 0, "lp64f": 4, "lp64d": 8}[self.abi]
        self.descs = DESCS
        self.inverse_branches = INVERSE
        self.nop_row = (rows.C_NOP if "c" in self.extensions else rows.NOP) + ROW_BASE
        gpr = [r for r in GPR_ORDER if not self.is_fixed(r)]
        self.classes = [RegisterClass(GPR, "gpr", gpr, 8)]
        if "f" in self.extensions:
            self.classes.append(RegisterClass(FPR, "fpr", list(FPR_ORDER), 8 if "d" in self.extensions else 4))
        self.callee_saved = list(CALLEE_GPR)
        if self.flen:
            self.callee_saved += CALLEE_FPR
        self.caller_saved = 0
        for c in self.classes:
            self.caller_saved |= c.mask
        for r in self.callee_saved:
            self.caller_saved &= ~(1 << r)
        self.reserved = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4
        self.exception_register = "a0"
        self.stack_pointer = 2
        self.frame_pointer = 8
        self.scratch = 1
        self.zero_register = 0
        self.tail_register = 6
        self.guard_symbol = GlobalSymbol("__stack_chk_guard")
        self.strict_align = not self.layout.unaligned_ok
        self.sign_extends_words = True
        self.has_select = self.has("zicond")
        self.jump_tables = options.flag("jump-tables", True)
        self.jump_table_min = 7
        self.text_align = 2 if "c" in self.extensions else 4
        self.asm_dialect = -1
        self.keep_frame_pointer = not options.flag("omit-frame-pointer", options.optimize > 0 or options.optimize_size)
        self.inline_copy_moves = 8
        self.inline_copy_moves_small = 4
        self.select_table = patterns.table(leaves.FUNCTIONS)
        self.relaxed_code = "mno-relax" not in options.machine

    def is_fixed(self, r: int) -> bool:
        """Whether `-ffixed-REG` reserves a register."""
        return any(NUMBERS.get(name, -1) == r for name in self.options.fixed_registers)

    def has(self, extension: str) -> bool:
        """Whether the architecture has an extension."""
        return extension in self.extensions

    def wide_float(self) -> bool:
        """Whether float registers have 64 bits."""
        return "d" in self.extensions

    # ---------------------------------------------------------------- front end
    def predefined_macros(self, options: CompileOptions) -> str:
        """See FrontTarget."""
        return macros.predefined_macros(options)

    def builtins(self) -> dict[str, str]:
        """See FrontTarget."""
        return {"__builtin_riscv_fence": "void (void)", "__builtin_riscv_pause": "void (void)"}

    def register_number(self, name: str) -> int:
        """See FrontTarget."""
        return facts.register_number(name)

    def constraint_kind(self, constraint: str) -> str:
        """See FrontTarget."""
        return facts.constraint_kind(constraint)

    def immediate_fits(self, constraint: str, value: int) -> bool:
        """See FrontTarget."""
        return facts.immediate_fits(constraint, value)

    def library_calls_allowed(self) -> Sequence[str]:
        """See FrontTarget."""
        return ()

    # ---------------------------------------------------------------- ABI
    def classify(self, ftype: FunctionType, arg_types: Sequence[Type]) -> Signature:
        """See BackTarget."""
        return abi.Classifier(self.flen, self.layout.char_signed).classify(ftype, arg_types)

    def is_soft(self, ty: int) -> bool:
        """See BackTarget."""
        return ty == F128 or ty == F16 or (ty == F32 and not self.has("f")) or (ty == F64 and not self.has("d"))

    def variadic_entry(self, b: IrBuilder, abi_: FunctionAbi, lowering: AbiLowering) -> None:
        """See BackTarget."""
        abi.variadic_entry(b, abi_, lowering)

    def lower_va_start(self, b: IrBuilder, address: Instr, abi_: FunctionAbi, lowering: AbiLowering) -> None:
        """See BackTarget."""
        abi.va_start(b, address, abi_, lowering)

    def lower_va_arg(self, b: IrBuilder, address: Instr, ty: Type) -> Instr:
        """See BackTarget."""
        return abi.va_arg(b, address, ty)

    def guard_value(self, b: IrBuilder) -> Instr:
        """See BackTarget: `__stack_chk_guard`, or at an offset from a register (-mstack-protector-guard=tls)."""
        machine = self.options.machine
        if machine.get("mstack-protector-guard", "global") == "tls":
            base = b.op(INTRINSIC, PTR, NIL)
            base.aux = Intrinsic("read_register:" + machine.get("mstack-protector-guard-reg", "tp"), True)
            return b.load(PTR, base, int(machine.get("mstack-protector-guard-offset", "0"), 0), flags=VOLATILE)
        symbol = self.guard_symbol
        return b.load(PTR, b.func.global_address(symbol), flags=VOLATILE)

    # ---------------------------------------------------------------- legality
    def legal(self, op: int, ty: int) -> int:
        """See BackTarget."""
        if ty == I128:
            return LIBCALL if SDIV <= op <= UREM else LEGAL
        if FADD <= op <= FUNORD or FCVT <= op <= UITOF:
            if op == FUNORD and not self.is_soft(ty):
                return EXPAND
            if FEQ <= op <= FUNORD or FADD <= op <= UITOF:
                return LIBCALL if self.is_soft(ty) else LEGAL
        if op in (CLZ, CTZ, POPCOUNT, ROTL):
            return LEGAL if self.has("zbb") and ty in (I32, I64) else EXPAND
        if op == BSWAP:
            return LEGAL if self.has("zbb") else EXPAND
        if op in (SMULH, UMULH):
            return LEGAL if ty == I64 and self.has("m") else EXPAND
        if (op == MUL or SDIV <= op <= UREM) and not self.has("m"):
            return LIBCALL
        return LEGAL

    def class_of(self, ty: int) -> int:
        """See BackTarget."""
        return FPR if F32 <= ty <= F64 and not self.is_soft(ty) else GPR

    # ---------------------------------------------------------------- selection
    def integer_constant(self, s: Selector, destination: int, leaf: Instr) -> None:
        """See BackTarget."""
        s.emit(LI, [destination, operand.imm(narrow_constant(leaf.ty, leaf.imm))])

    def float_constant(self, s: Selector, destination: int, leaf: Instr) -> None:
        """See BackTarget."""
        leaves.float_constant(s, destination, leaf)

    def global_address(self, s: Selector, destination: int, leaf: Instr) -> None:
        """See BackTarget."""
        leaves.global_address(self, s, destination, leaf)

    def label_address(self, s: Selector, destination: int, block: int) -> None:
        """See BackTarget."""
        s.emit(LABEL_ADDRESS, [destination, block])

    def symbol_is_direct(self, symbol: object) -> bool:
        """Whether a load or store may name the symbol itself (pc-relative, no GOT, not thread-local)."""
        return isinstance(symbol, GlobalSymbol) and not symbol.tls_model and not self.medlow and not self.needs_got(symbol)

    def needs_got(self, symbol: GlobalSymbol) -> bool:
        """Whether the symbol's address must come from the GOT."""
        if symbol.local or symbol.visibility != STV_DEFAULT:
            return False
        if self.options.pic:
            return not (self.options.pie and symbol.defined and not symbol.weak)
        return symbol.weak and not symbol.defined and not self.medlow

    def fixed_value(self, i: Instr) -> int:
        """See BackTarget: tp and gp are never allocated and never change under a function."""
        info = i.aux
        if isinstance(info, Intrinsic):
            if info.name == "thread_pointer" or info.name == "read_register:tp":
                return TP
            if info.name == "read_register:gp":
                return GP
        return -1

    def argument(self, s: Selector, v: Instr, piece: Piece) -> int:
        """See BackTarget."""
        return select.sext(s, v) if v.ty == I32 and piece.ty == I32 else s.reg(v)

    def load_slot(self, s: Selector, destination: int, ty: int, slot: int) -> None:
        """See BackTarget."""
        leaves.load_slot(s, destination, ty, slot)

    def store_slot(self, s: Selector, v: Instr, piece: Piece, slot: int) -> None:
        """See BackTarget."""
        leaves.store_slot(s, v, slot)

    def call_target(self, s: Selector, symbol: GlobalSymbol) -> int:
        """See BackTarget."""
        without_plt = symbol.no_plt or "mno-plt" in self.options.machine
        return -1 if without_plt and self.options.pic and self.needs_got(symbol) else s.symbol_operand(symbol, 0)

    def tail_calls_allowed(self, s: Selector) -> bool:
        """See BackTarget."""
        return not s.mf.has_alloca and self.options.flag("optimize-sibling-calls", True)

    # ---------------------------------------------------------------- instructions
    def frame_access(self, f: MachineFunction, i: MachineInstr, out: list[MachineInstr]) -> None:
        """See BackTarget."""
        frame.access(self, f, i, out)

    def before_allocation(self, f: MachineFunction) -> None:
        """See BackTarget."""
        frame.before_allocation(self, f)

    def dwarf_register(self, r: int) -> int:
        """See BackTarget.  The numbers are the psABI's."""
        return r if r < 64 else -1

    def slot_location(self, f: MachineFunction, index: int) -> tuple[int, int]:
        """See BackTarget."""
        return frame.slot_location(f, index)

    def layout_frame(self, f: MachineFunction) -> None:
        """See BackTarget."""
        frame.layout(self, f)

    def insert_frame(self, f: MachineFunction) -> None:
        """See BackTarget."""
        frame.insert(self, f)

    def cfi(self, e: Emitter, i: MachineInstr) -> None:
        """See BackTarget."""
        frame.cfi(e, i)

    def same_class(self, a: int, b: int) -> bool:
        """See BackTarget."""
        return (a < 32) == (b < 32)

    def emit_pseudo(self, e: Emitter, i: MachineInstr) -> None:
        """See BackTarget."""
        pseudo.emit(self, e, i)

    # ---------------------------------------------------------------- inline asm
    def asm_class(self, constraint: str, ty: int) -> int:
        """See BackTarget."""
        return asm.register_class(self, constraint, ty)

    def asm_register(self, name: str) -> int:
        """See BackTarget."""
        return self.register_number(name)

    def asm_memory_size(self) -> int:
        """See BackTarget."""
        return 2

    def asm_memory(self, s: Selector, address: Instr, constraint: str) -> list[int]:
        """See BackTarget."""
        return asm.memory(s, address, constraint)

    def asm_memory_registers(self) -> Sequence[int]:
        """See BackTarget."""
        return (1,)

    def asm_input(self, s: Selector, v: Instr, register_class: int) -> int:
        """See BackTarget."""
        return asm.input_register(self, s, v, register_class)

    def asm_operand(self, f: MachineFunction, kind: str, ops: Sequence[int], modifier: str, size: int, ty: int) -> str | None:
        """See BackTarget."""
        return asm.operand_text(self, f, kind, ops, modifier)

    def asm_immediate_fits(self, constraint: str, value: int) -> bool:
        """See BackTarget."""
        return facts.immediate_fits(constraint, value)

    def asm_constraint_kind(self, constraint: str) -> str:
        """See BackTarget."""
        return facts.constraint_kind(constraint)

    def asm_symbol_allowed(self, constraint: str) -> bool:
        """See BackTarget."""
        return constraint == "S"

    def expression_text(self, e: Expr) -> str:
        """See BackTarget."""
        return asm.expression_text(e)


def create(name: str, options: CompileOptions) -> RiscvTarget:
    """The target for given options.  Raises ToolError for an unknown architecture or ABI."""
    return RiscvTarget(options)


def isa(name: str, options: CompileOptions) -> Isa:
    """The instruction set for given options."""
    machine = options.machine
    pic = options.pic > 0
    return Riscv(machine.get("march", macros.DEFAULT_ARCH), machine.get("mabi", macros.DEFAULT_ABI), "mno-relax" not in machine, pic,
                 "mno-riscv-attribute" not in machine)
