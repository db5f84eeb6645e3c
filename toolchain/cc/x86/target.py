"""x86-64 and i386 as compiler targets: what is special about them.

- Two-address instructions, memory operands in most of them, flags.
- Fixed registers: rax and rdx of division, rcx of shifts.
- A 32-bit operation clears the upper half of a 64-bit register.
- Symbols are reached relative to the instruction pointer, by the GOT under -fPIC where they may be replaced.
- long double lives in x87 registers (`x87.py`).

Sources: System V psABI for AMD64 and i386; GCC manual, "x86 Options".
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from toolchain.cc.codegen import mir, patterns
from toolchain.cc.codegen.abi import AbiLowering, FunctionAbi
from toolchain.cc.codegen.build import IrBuilder
from toolchain.cc.codegen.emit import Emitter
from toolchain.cc.codegen.mir import AsmText, Effects, MachineFunction, MachineInstr
from toolchain.cc.codegen.select import Selector
from toolchain.cc.codegen.target import EXPAND, LEGAL, LIBCALL, SPLIT, BackTarget, LoweredCall, Piece, RegisterClass, Signature
from toolchain.cc.ir.ir import (
    BF16,
    BSWAP,
    CLZ,
    CTZ,
    F16,
    F32,
    F64,
    F80,
    F128,
    FADD,
    FCOPYSIGN,
    FCVT,
    FUNORD,
    GLOBAL,
    I32,
    I64,
    I128,
    MUL,
    POPCOUNT,
    PTR,
    SDIV,
    SEG_FS,
    SEG_GS,
    SMULH,
    UITOF,
    UMULH,
    UREM,
    VOLATILE,
    GlobalSymbol,
    Instr,
)
from toolchain.cc.options import CompileOptions
from toolchain.cc.types import FunctionType, Type
from toolchain.cc.x86 import (
    abi,
    asm,
    clear_registers,
    cpu_features,
    facts,
    floats,
    frame,
    hardening,
    leaves,
    macros,
    postpass,
    profiling,
    pseudo,
    reloads,
    vectors,
    x87,
    x87_stack,
)
from toolchain.cc.x86.address import BYTE, FPU, GPR, XMM, got_base, got_relative
from toolchain.cc.x86.ops import (
    DESCS,
    GOT_BASE,
    GOT_BASE64,
    INVERSE,
    LABEL_ADDRESS,
    LI,
    NUM_X87,
    PIC_LABEL,
    RAX,
    RBP,
    RBX,
    RSP,
    X87,
    X_DROP,
    X_RESULT,
    row,
)
from toolchain.cc.x86.vector_builtins import BUILTINS, IMMEDIATE, NUMBERS
from toolchain.diagnostics import ToolError
from toolchain.elf.constants import SHF_X86_64_LARGE, STV_DEFAULT
from toolchain.isa.x86.isa import X86
from toolchain.isa.x86.registers import NUM_REGISTERS, R8, R8_HIGH, R32, ST, dwarf_number
from toolchain.isa.x86.registers import XMM as XMM_REGISTERS
from toolchain.mc.model import operand
from toolchain.mc.model.expr import Expr
from toolchain.mc.model.isa import Isa
from toolchain.mc.model.operand import SHIFT
from toolchain.mc.model.streamer import Streamer

# Caller-saved first; those that need no REX prefix before those that do; rcx and rdx late, they are often asked for.
ORDER64: Final = [0, 2, 1, 6, 7, 8, 9, 10, 11, 3, 5, 12, 13, 14, 15]
ORDER32: Final = [0, 2, 1, 3, 6, 7, 5]
CALLEE64: Final = [15, 14, 13, 12, 5, 3]
CALLEE32: Final = [5, 7, 6, 3]
CODE_MODELS: Final = ("small", "kernel", "medium", "large")


class X86Target(BackTarget):
    """x86 under given options: `-m32`, `-mcmodel=`, `-mregparm=`, instruction sets, flags."""

    def __init__(self, options: CompileOptions) -> None:
        super().__init__("x86", macros.layout(options), options)
        wide = not macros.is_32(options)
        self.wide = wide
        self.triple = "x86_64-linux-gnu" if wide else "i386-linux-gnu"
        self.code_model = options.machine.get("mcmodel", "small")
        self.real_mode = "m16" in options.machine
        self.start_directive = "code16gcc" if self.real_mode else ""
        if self.code_model not in CODE_MODELS or (self.code_model == "large" and not wide):
            raise ToolError(f"argument '{self.code_model}' to '-mcmodel=' is not supported")
        profiling.check(options, wide)
        self.far_section_flag = SHF_X86_64_LARGE
        self.large_data = int(options.machine.get("mlarge-data-threshold", "65536"))
        self.features = set(macros.instruction_sets(options))
        if wide:
            self.features.add("rip")
        if not options.pic:
            self.features.add("absolute")
        elif not wide:
            self.features.add("gotoff")
        if self.code_model == "large":
            self.features.discard("absolute")
            self.features.add("far")
            if options.pic:
                self.features.add("gotoff64")
            self.direct_calls = False
        self.sse = "sse2" in self.features
        self.x87 = not {"mno-80387", "msoft-float", "mgeneral-regs-only"} & options.machine.keys()
        self.wide_compare_exchange = "cx16" in self.features if wide else options.machine.get("march", "i686") not in ("i386", "i486")
        self.regparm = int(options.machine.get("mregparm", "0"))
        self.descs = DESCS
        self.inverse_branches = INVERSE
        self.nop_row = row("NOP")
        self.byte_class = GPR if wide else BYTE
        self._set_registers(8 if wide else 4)
        self.word_type = I64 if wide else I32
        self.word_bytes = self.pointer_bytes = 8 if wide else 4
        self.stack_align = min(16, 1 << int(options.machine.get("mpreferred-stack-boundary", "4")))
        self.zero_extends_words = True
        self.has_flags = True
        self.conventions = frozenset(("stdcall", "fastcall", "thiscall"))       # in 64-bit mode they mean nothing
        if wide and self.sse:
            self.conventions |= {"ms_abi"}
        self.has_select = "cmov" in self.features
        self.narrow_moves = wide
        self.hardening = hardening.Hardening(options, wide)
        self.honoured_attributes = frozenset(("zero_call_used_regs",))
        if not self.hardening.protection:  # then there is nothing to check
            self.honoured_attributes |= {"nocf_check", "cf_check", "indirect_return"}
        self.jump_tables = options.flag("jump-tables", True) and self.hardening.indirect == "keep" and self.code_model != "large"
        self.text_align = 16 if options.optimize >= 2 and not options.optimize_size else 1
        self.va_list_bytes = 24 if wide else 4
        self.intel = options.machine.get("masm") == "intel"
        self.asm_dialect = 1 if self.intel else 0
        self.asm_immediate_prefix = "" if self.intel else "$"
        self.asm_symbol_prefix = "OFFSET FLAT:" if self.intel else "$"
        self.asm_register_prefix = "" if self.intel else "%"
        self.asm_rip = "[rip]" if self.intel else "(%rip)"
        self.keep_frame_pointer = not options.flag("omit-frame-pointer", options.optimize > 0 or options.optimize_size)
        self.red_zone = wide and "mno-red-zone" not in options.machine
        self.unwind_tables = True
        self.exception_register = "rax" if wide else "eax"
        self.has_cfi = options.flag("asynchronous-unwind-tables", True) or options.flag("unwind-tables", wide) or options.debug > 0
        self.inline_copy_moves = 8
        self.inline_copy_moves_small = 3
        self.select_table = patterns.table(leaves.FUNCTIONS)
        self.block = 0 if wide else R32 << SHIFT
        q = "Q" if wide else "L"
        self.push_row, self.pop_row = row(f"PUSH{q}_R"), row(f"POP{q}_R")
        self.exchange_row = row(f"XCHG{q}_RR")
        self.lea_row, self.load_row, self.store_row = row(f"LEA{q}_RM"), row(f"MOV{q}_RM"), row(f"MOV{q}_MR")
        self.jump_row, self.call_row, self.table_jump_row = row(f"JMP{q}_R"), row(f"CALL{q}_R"), row(f"JMP{q}_M")

    def _set_registers(self, word: int) -> None:
        """Which registers are allocated, saved and reserved; a general one has `word` bytes."""
        order = [r for r in (ORDER64 if self.wide else ORDER32) if not self.is_fixed(r)]
        self.classes = [RegisterClass(GPR, "general", order, word),
                        RegisterClass(XMM, "sse", [XMM_REGISTERS + k for k in range(16 if self.wide else 8)] if self.sse else [], 16),
                        RegisterClass(FPU, "x87", [X87 + k for k in range(NUM_X87)], 16),
                        RegisterClass(BYTE, "byte", [0, 2, 1, 3], word)]
        self.callee_saved = list(CALLEE64 if self.wide else CALLEE32)
        self.caller_saved = self.classes[GPR].mask | self.classes[XMM].mask
        for r in self.callee_saved:
            self.caller_saved &= ~(1 << r)
        self.reserved = 1 << RSP
        self.general_registers = 16
        self.stack_pointer = RSP
        self.frame_pointer = RBP
        self.tail_register = 11 if self.wide else 1

    def is_fixed(self, r: int) -> bool:
        """Whether `-ffixed-REG` reserves a register."""
        return any(facts.register_number(name) == r for name in self.options.fixed_registers)

    def has(self, extension: str) -> bool:
        """Instruction sets by their -m name; "rip", "absolute" (addresses fit an instruction), "far" (they need 64 bits), "gotoff" and
        "gotoff64" (what has no entry in the GOT is reached by its distance from it), "cmov"."""
        return extension in self.features

    # ---------------------------------------------------------------- front end
    def predefined_macros(self, options: CompileOptions) -> str:
        """See FrontTarget."""
        return macros.predefined_macros(options)

    def builtins(self) -> dict[str, str]:
        """See FrontTarget."""
        out = {f"__builtin_ia32_{name}": "void (void)" for name in ("pause", "lfence", "sfence", "mfence")}
        if self.sse:
            for b in BUILTINS:
                out[b.name] = b.prototype
        return out

    def in_far_section(self, size: int, section: str) -> bool:
        """See FrontTarget: the medium code model's objects above `-mlarge-data-threshold=` and those that may turn out so."""
        if self.code_model != "medium" or not self.wide:
            return False
        return section in (".ldata", ".lbss", ".lrodata") if section else size <= 0 or size > self.large_data

    def vector_operation(self, code: int) -> bool:
        """See FrontTarget."""
        return vectors.legal(self, code)

    def vector_builtin(self, name: str) -> int:
        """See FrontTarget."""
        return NUMBERS.get(name, -1)

    def processor_question(self, builtin: str, name: str) -> tuple[str, int, int, int] | None:
        """See FrontTarget."""
        return cpu_features.question(builtin, name)

    def vector_constant(self, number: int) -> bool:
        """See FrontTarget."""
        return BUILTINS[number].kind in IMMEDIATE

    def register_number(self, name: str) -> int:
        """See FrontTarget."""
        return facts.register_number(name)

    def constraint_kind(self, constraint: str) -> str:
        """See FrontTarget."""
        return facts.constraint_kind(constraint)

    def constraint_halves(self, constraint: str) -> tuple[str, str]:
        """See FrontTarget: "A" is the pair of the accumulator and rdx, "U" and so on have no pairs."""
        return constraint.replace("A", "a"), constraint.replace("A", "d")

    def immediate_fits(self, constraint: str, value: int) -> bool:
        """See FrontTarget."""
        return facts.immediate_fits(constraint, value)

    def library_calls_allowed(self) -> Sequence[str]:
        """See FrontTarget."""
        return ()

    # ---------------------------------------------------------------- ABI
    def classify(self, ftype: FunctionType, arg_types: Sequence[Type]) -> Signature:
        """See BackTarget."""
        if self.wide and ftype.convention == "ms_abi":
            return abi.classify_ms(ftype, arg_types)
        if self.wide:
            return abi.classify64(ftype, arg_types, self.sse)
        return abi.classify32(ftype, arg_types, self.regparm, self.features)

    def is_soft(self, ty: int) -> bool:
        """See BackTarget."""
        return ty in (F16, BF16)

    def variadic_entry(self, b: IrBuilder, abi_: FunctionAbi, lowering: AbiLowering) -> None:
        """See BackTarget."""
        if self.wide and b.func.ftype.convention == "ms_abi":
            raise ToolError("a function of variable arguments with attribute 'ms_abi' is not supported", b.func.loc)
        if self.wide:
            abi.variadic_entry(b, abi_, lowering, self.sse)

    def lower_va_start(self, b: IrBuilder, address: Instr, abi_: FunctionAbi, lowering: AbiLowering) -> None:
        """See BackTarget."""
        if self.wide:
            abi.va_start(b, address, abi_, lowering)
        else:
            slot = lowering.incoming_slot(abi_.signature.next_stack, 4, 4)
            b.store(address, b.func.slot_address(slot))

    def lower_va_arg(self, b: IrBuilder, address: Instr, ty: Type) -> Instr:
        """See BackTarget."""
        return abi.va_arg(b, address, ty, self.sse) if self.wide else abi.va_arg32(b, address, ty)

    def guard_value(self, b: IrBuilder) -> Instr:
        """The guard word of the thread control block (%fs:40, %gs:20), of the per-CPU area (-mcmodel=kernel), where
        -mstack-protector-guard-* say, or (-mstack-protector-guard=global) the variable `__stack_chk_guard`."""
        machine = self.options.machine
        name = machine.get("mstack-protector-guard-symbol", "__stack_chk_guard")
        if machine.get("mstack-protector-guard", "tls") == "global":
            return b.load(PTR, b.func.global_address(GlobalSymbol(name)), flags=VOLATILE)
        register = machine.get("mstack-protector-guard-reg", "fs" if self.wide and self.code_model != "kernel" else "gs")
        segment = SEG_FS if register == "fs" else SEG_GS
        if "mstack-protector-guard-symbol" in machine:
            return b.load(PTR, b.func.global_address(GlobalSymbol(name)), flags=VOLATILE | segment)
        offset = int(machine.get("mstack-protector-guard-offset", "40" if self.wide else "20"), 0)
        return b.load(PTR, b.const(PTR, offset), flags=VOLATILE | segment)

    # ---------------------------------------------------------------- legality
    def legal(self, op: int, ty: int) -> int:
        """See BackTarget."""
        if FADD <= op <= FUNORD or FCVT <= op <= UITOF:
            return self.legal_float(op, ty)
        if ty == I128 or (ty == I64 and not self.wide):
            if SDIV <= op <= UREM:
                return LIBCALL
            return SPLIT if op == MUL and ty == I128 and not self.wide else LEGAL
        if op == POPCOUNT:
            return LEGAL if self.has("popcnt") else EXPAND
        if op in (CLZ, CTZ, BSWAP, SMULH, UMULH):
            return LEGAL
        return LEGAL

    def legal_float(self, op: int, ty: int) -> int:
        """Floating operations by operand type."""
        if FADD <= op <= FCOPYSIGN or FCVT <= op <= UITOF or FADD <= op <= FUNORD:
            if ty == F128 and not self.wide:
                raise ToolError("arithmetic on '__float128' is not supported with '-m32'")
            if self.is_soft(ty) or ty == F128:
                return LIBCALL
        return LEGAL

    def class_of(self, ty: int) -> int:
        """See BackTarget."""
        if ty == F80 or ty in (F32, F64) and not self.sse:
            if not self.x87:
                raise ToolError("floating point with SSE and x87 disabled is not supported")
            return FPU
        if ty in (F32, F64):
            return XMM
        if ty == F128:
            return XMM
        return GPR

    # ---------------------------------------------------------------- selection
    def integer_constant(self, s: Selector, destination: int, leaf: Instr) -> None:
        """See BackTarget."""
        bits = 64 if leaf.ty == I64 or leaf.ty == PTR and self.wide else 32
        v = leaf.imm
        s.emit(LI, [destination, operand.imm(v - (1 << 64) if bits == 64 and v >> 63 else v)])

    def float_constant(self, s: Selector, destination: int, leaf: Instr) -> None:
        """See BackTarget."""
        leaves.float_constant(s, destination, leaf)

    def global_address(self, s: Selector, destination: int, leaf: Instr) -> None:
        """See BackTarget."""
        leaves.global_address(self, s, destination, leaf)

    def label_address(self, s: Selector, destination: int, block: int) -> None:
        """See BackTarget."""
        if self.has("gotoff"):
            s.emit(PIC_LABEL, [destination, got_base(s), block])
        else:
            s.emit(LABEL_ADDRESS, [destination, block])

    def symbol_is_direct(self, symbol: object) -> bool:
        """Whether a memory operand may name the symbol itself."""
        return isinstance(symbol, GlobalSymbol) and not symbol.tls_model and not symbol.far and not self.needs_got(symbol) \
            and not self.has("far")

    def needs_got(self, symbol: GlobalSymbol) -> bool:
        """Whether the symbol's address must come from the GOT.  An IFUNC's too: i386's PLT entries, which would stand for it, want %ebx."""
        if symbol.ifunc and self.options.pic:
            return True
        if symbol.local or symbol.visibility != STV_DEFAULT:
            return False
        if self.options.pic:
            if self.options.pie:
                # data of other modules is copied into the executable; what may be missing is not
                return not symbol.defined if symbol.weak or symbol.is_function or not self.wide or self.has("far") else False
            return True
        return self.wide and symbol.weak and not symbol.defined and self.code_model not in ("kernel", "large")

    def argument(self, s: Selector, v: Instr, piece: Piece) -> int:
        """See BackTarget."""
        if piece.register in (ST, ST + 1) and self.class_of(v.ty) == XMM:
            return asm.input_register(self, s, v, FPU)
        return s.reg(v)

    def load_slot(self, s: Selector, destination: int, ty: int, slot: int) -> None:
        """See BackTarget."""
        leaves.load_slot(s, destination, ty, slot)

    def store_slot(self, s: Selector, v: Instr, piece: Piece, slot: int) -> None:
        """See BackTarget."""
        leaves.store_slot(s, v, slot)

    def call_target(self, s: Selector, symbol: GlobalSymbol) -> int:
        """See BackTarget."""
        own = symbol.local or symbol.visibility != STV_DEFAULT
        if symbol.no_plt and (self.preemptible(symbol) or self.wide and not own and not symbol.defined and self.code_model != "kernel"):
            if self.wide and (s.func.indirect_branch or self.hardening.indirect) == "keep":
                return s.symbol_operand(symbol, 0, "gotpcrel")
            return -1
        return s.symbol_operand(symbol, 0, "plt" if self.preemptible(symbol) else "")

    def callee_register(self, s: Selector, callee: Instr) -> int:
        """See BackTarget.  Position-independent large model: the PLT's entry by its distance from the GOT (psABI 3.5.5)."""
        symbol = callee.aux
        if self.has("gotoff64") and callee.op == GLOBAL and callee.imm == 0 and isinstance(symbol, GlobalSymbol) \
                and self.preemptible(symbol) and not symbol.no_plt:
            t = s.temporary(GPR)
            s.emit(self.lea_row, [t, *got_relative(s, s.symbol_operand(symbol, 0, "pltoff"))])
            return t
        return s.reg(callee)

    def preemptible(self, symbol: GlobalSymbol) -> bool:
        """Whether a call may end in another module, or (IFUNC) goes by the PLT wherever it ends."""
        if symbol.ifunc:
            return bool(self.options.pic)
        own = symbol.local or symbol.visibility != STV_DEFAULT
        return bool(not own and self.options.pic and not (self.options.pie and symbol.defined))

    def before_call(self, s: Selector, low: LoweredCall, e: Effects, callee: Instr) -> None:
        """Variable arguments: %al says how many SSE registers hold some.  i386: the PLT's entries want the GOT in %ebx."""
        if self.has("gotoff") and callee.op == GLOBAL and isinstance(callee.aux, GlobalSymbol) and self.preemptible(callee.aux):
            s.copy(operand.reg(RBX), got_base(s))
            e.implicit_uses.append(RBX)
        if self.wide and low.signature.variadic and self.sse:
            s.emit(LI, [operand.reg(RAX), operand.imm(low.signature.vector_registers)])
            e.implicit_uses.append(RAX)

    def after_call(self, s: Selector, low: LoweredCall, e: Effects) -> None:
        """Results on the x87 stack are popped, wanted or not; a callee that pops its argument moved the stack pointer."""
        for k in range(len(low.results)):
            if low.results[k].register != ST + k:
                continue
            wanted = [m for m in s.out if m.op == mir.COPY and m.ops[1] == operand.reg(ST + k)]
            for m in wanted:
                m.op = X_RESULT
                ty = low.results[k].ty
                if self.class_of(ty) == FPU:
                    m.ops = m.ops[:1]
                else:
                    d, m.ops = m.ops[0], [s.temporary(FPU)]
                    floats.from_x87(s, d, m.ops[0], ty)
            if not wanted:
                s.emit(X_DROP, [])
                behind = [n for n, m in enumerate(s.out) if m.op == mir.COPY and m.ops[1] == operand.reg(ST + k + 1)]
                if behind:                      # it lies above the one that is wanted
                    s.out.insert(behind[0], s.out.pop())
        if low.info.returns_twice and self.hardening.protection & hardening.IBT:
            s.emit(row("ENDBR64" if self.wide else "ENDBR32"), [])
        if low.signature.callee_pops:
            n = low.signature.callee_pops
            s.emit(row("SUBL_RS" if n < 128 else "SUBL_RI"), [operand.reg(RSP), operand.imm(n)])
            call = max(k for k, m in enumerate(s.out) if m.op == mir.CALL)
            s.out.insert(call + 1, s.out.pop())         # before results go to the frame

    def tail_calls_allowed(self, s: Selector) -> bool:
        """See BackTarget.  An `ms_abi` function restores rdi and rsi last, where the other's arguments would be."""
        if s.func.ftype.convention == "ms_abi":
            return False
        return self.wide and not s.mf.has_alloca and not frame.is_far(self, s.func.slots, 0) and self.options.flag("optimize-sibling-calls", True)

    # ---------------------------------------------------------------- instructions
    def spill_row(self, register: int, narrow: bool) -> int:
        """Row that stores a register to its spill slot."""
        return row("MOVAPS_MX") if register >= XMM_REGISTERS else row("MOVL_MR") if narrow else self.store_row

    def reload_row(self, register: int, narrow: bool) -> int:
        """Row that loads a register from its spill slot."""
        return row("MOVAPS_XM") if register >= XMM_REGISTERS else row("MOVL_RM") if narrow else self.load_row

    def frame_access(self, f: MachineFunction, i: MachineInstr, out: list[MachineInstr]) -> None:
        """See BackTarget."""
        frame.access(self, f, i, out)

    def before_allocation(self, f: MachineFunction) -> None:
        """See BackTarget."""
        f.pointer_bytes = self.word_bytes
        f.pop_bytes = self.classify(f.source.ftype, f.source.param_types or f.source.ftype.params).callee_pops if not self.wide else 0
        if f.pic_base:
            f.order[0].instrs.insert(0, self.got_definition(f, f.pic_base))
        for number, register in sorted(f.pad_bases.items()):
            landing = number in f.pads          # begins with the instruction that takes the exception from its register
            f.blocks[number].instrs.insert(1 if landing else 0, self.got_definition(f, register))
        x87_stack.run(f)
        frame.before_allocation(self, f)

    def got_definition(self, f: MachineFunction, register: int) -> MachineInstr:
        """What puts the address of the GOT into a register."""
        if self.wide:
            return MachineInstr(GOT_BASE64, [register, f.new_vreg(GPR)], f.source.loc)
        return MachineInstr(GOT_BASE, [register], f.source.loc)

    def dwarf_register(self, r: int) -> int:
        """See BackTarget.  The allocator's numbers, and the names that emission gives them."""
        if r < R8:
            r &= 15
        elif r < XMM_REGISTERS:
            r = r & 15 if r < R8_HIGH else r - R8_HIGH
        return dwarf_number(r, self.word_bytes * 8) if r < NUM_REGISTERS else -1

    def slot_location(self, f: MachineFunction, index: int) -> tuple[int, int]:
        """See BackTarget."""
        return frame.slot_location(self, f, index)

    def layout_frame(self, f: MachineFunction) -> None:
        """See BackTarget."""
        frame.layout(self, f)

    def insert_frame(self, f: MachineFunction) -> None:
        """See BackTarget."""
        frame.insert(self, f)
        clear_registers.run(self, f)

    def peephole(self, f: MachineFunction) -> None:
        """See BackTarget."""
        reloads.fold(f, self)
        postpass.combine(f)
        x87.Expander(f).run()

    def finish(self, f: MachineFunction) -> None:
        """See BackTarget."""
        hardening.landing_pads(self, f)
        postpass.finish(self, f)

    def finish_unit(self, streamer: Streamer) -> None:
        """See BackTarget."""
        hardening.finish_unit(self, streamer)

    def same_class(self, a: int, b: int) -> bool:
        """See BackTarget."""
        return (a < 16) == (b < 16) and (a < X87) == (b < X87)

    def exchange(self, a: int, b: int) -> MachineInstr | None:
        """See BackTarget."""
        return MachineInstr(self.exchange_row, [a << SHIFT, b << SHIFT]) if a < 16 and b < 16 else None

    def emit_pseudo(self, e: Emitter, i: MachineInstr) -> None:
        """See BackTarget."""
        pseudo.emit(self, e, i)

    def after_label(self, e: Emitter) -> None:
        """See BackTarget."""
        if self.hardening.protection & hardening.IBT:
            e.row(row("ENDBR64" if self.wide else "ENDBR32"), [], e.f.source.loc)
        if profiling.calls(self, e.f.source) and profiling.before_prologue(self):
            profiling.emit(self, e, e.f.source.loc)

    # ---------------------------------------------------------------- inline asm
    def asm_class(self, constraint: str, ty: int) -> int:
        """See BackTarget."""
        return asm.register_class(self, constraint, ty)

    def asm_register(self, name: str) -> int:
        """See BackTarget."""
        return facts.register_number(name)

    def asm_fixed(self, constraint: str) -> int:
        """See BackTarget."""
        if constraint == "A" and self.wide:
            return RAX
        return facts.FIXED.get(constraint, -1)

    def asm_memory_size(self) -> int:
        """See BackTarget."""
        return 5

    def asm_memory(self, s: Selector, address: Instr, constraint: str) -> list[int]:
        """See BackTarget."""
        return asm.memory(s, address)

    def asm_memory_registers(self) -> Sequence[int]:
        """See BackTarget."""
        return (0, 2)

    def asm_input(self, s: Selector, v: Instr, register_class: int) -> int:
        """See BackTarget."""
        return asm.input_register(self, s, v, register_class)

    def asm_output(self, s: Selector, v: Instr, destination: int, source: int) -> None:
        """See BackTarget."""
        asm.take_output(self, s, v, destination, source)

    def asm_operand(self, f: MachineFunction, kind: str, ops: Sequence[int], modifier: str, size: int, ty: int) -> str | None:
        """See BackTarget."""
        return asm.operand_text(self, f, kind, ops, modifier, size)

    def asm_suffix(self, i: MachineInstr, text: AsmText) -> str:
        """See BackTarget."""
        return asm.flag_outputs(i, text, self.intel)

    def asm_punctuation(self, c: str) -> str | None:
        """See BackTarget."""
        return {"*": "" if self.intel else "*", "&": "", "!": "", ";": ";"}.get(c)

    def asm_prefers_symbol(self, s: Selector) -> bool:
        """See BackTarget."""
        return not self.options.pic

    def asm_immediate_fits(self, constraint: str, value: int) -> bool:
        """See BackTarget."""
        return facts.immediate_fits(constraint, value)

    def asm_constraint_kind(self, constraint: str) -> str:
        """See BackTarget."""
        return facts.constraint_kind(constraint)

    def asm_symbol_allowed(self, constraint: str) -> bool:
        """See BackTarget."""
        return constraint == "e" and not self.options.pic

    def expression_text(self, e: Expr) -> str:
        """See BackTarget."""
        return asm.expression_text(e)


def create(name: str, options: CompileOptions) -> X86Target:
    """The target for given options.  Raises ToolError for an unknown code model."""
    if name == "i386":
        options.machine.setdefault("m32", "")
    return X86Target(options)


def isa(name: str, options: CompileOptions) -> Isa:
    """The instruction set for given options."""
    made = X86(16 if "m16" in options.machine else 32 if macros.is_32(options) else 64)
    if options.machine.get("masm") == "intel":
        made.speak_intel()
    return made
