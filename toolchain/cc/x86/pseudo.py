"""Emission of the x86 back end's pseudo operations."""
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from toolchain.cc.codegen import mir
from toolchain.cc.codegen.emit import Emitter
from toolchain.cc.codegen.mir import MachineInstr
from toolchain.cc.ir.ir import RMW_AND, RMW_NAND, RMW_OR, RMW_XOR
from toolchain.cc.x86 import hardening, ops, profiling
from toolchain.cc.x86.address import FS, GS, ONE
from toolchain.cc.x86.frame import CFI_ARGUMENTS, CFI_NAMES
from toolchain.cc.x86.ops import BRANCH_ROWS, RAX, RBP, RBX, RSP, M, name_registers, row
from toolchain.diagnostics import ToolError
from toolchain.isa.x86.registers import R8, R16, R32, RIP, XMM, XMM_END
from toolchain.mc.model import operand
from toolchain.mc.model.expr import difference
from toolchain.mc.model.operand import EXPR, KIND_MASK, NO_REG, SHIFT

if TYPE_CHECKING:
    from toolchain.cc.x86.target import X86Target

BLOCKS: Final = {1: R8, 2: R16, 4: R32, 8: 0}
SUFFIX: Final = {1: "B", 2: "W", 4: "L", 8: "Q"}
OPERATIONS: Final = {RMW_AND: "AND", RMW_OR: "OR", RMW_XOR: "XOR", RMW_NAND: "AND"}
CC_NE: Final = 5
CC_NS: Final = 9


def emit_row(e: Emitter, op: int, operands: list[int], loc: int) -> None:
    """Emit a row whose register operands are still general ones."""
    name_registers(op, operands, e.target.word_bytes == 8)
    e.row(op, operands, loc)


def emit(target: X86Target, e: Emitter, i: MachineInstr) -> None:
    """Emit a shared or own pseudo operation."""
    op = i.op
    o = i.ops
    loc = i.loc
    zero = operand.imm(0)
    if op == mir.COPY:
        copy(target, e, o[0], o[1], loc, i.flags & mir.F_NARROW != 0)
    elif op == ops.LI:
        constant(target, e, o[0], o[1] >> SHIFT, loc)
    elif op == mir.JUMP:
        e.row(row("JMP_J"), [e.resolve_operand(o[0])], loc)
    elif op == mir.CALL or op == mir.TAIL_CALL:
        call(target, e, i)
    elif op == mir.RETURN:
        hardening.leave(target, e, loc)
    elif op == mir.JUMP_TABLE:
        table = i.effects.table if i.effects is not None else None
        start = e.table_symbol(table) if table is not None and table.absolute else None
        hardening.branch(target, e, o[0], loc, True, table is not None, start)
    elif op == ops.LA:
        address(target, e, o[0], e.resolve_operand(o[1]), loc)
    elif op == ops.LABEL_ADDRESS:
        address(target, e, o[0], e.resolve_operand(o[1]), loc)
    elif op == ops.LGOT:
        base = operand.reg(RIP) if target.has("rip") else NO_REG
        emit_row(e, target.load_row, [o[0], base, ONE, NO_REG, e.resolve_operand(o[1]), NO_REG], loc)
    elif op == ops.THREAD_POINTER:
        emit_row(e, target.load_row, [o[0], NO_REG, ONE, NO_REG, zero, FS if target.word_bytes == 8 else GS], loc)
    elif op == ops.TLS_GD:
        general_dynamic(e, o[0], loc)
    elif op == ops.TABLE_ADDRESS:
        assert i.effects is not None and i.effects.table is not None
        address(target, e, o[0], e.symbol_operand(e.table_symbol(i.effects.table)), loc)
    elif op == ops.PIC_LABEL:
        offset = e.symbol_operand(e.label_of(e.f.blocks[o[2] >> SHIFT]), "gotoff")
        emit_row(e, row("LEAL_RM"), [o[0], o[1], ONE, NO_REG, offset, NO_REG], loc)
    elif op == ops.PIC_TABLE:
        assert i.effects is not None and i.effects.table is not None
        emit_row(e, row("LEAL_RM"), [o[0], o[1], ONE, NO_REG, e.symbol_operand(e.table_symbol(i.effects.table), "gotoff"), NO_REG], loc)
    elif op == ops.GOT_BASE:
        hardening.got_base(target, e, o[0], loc)
    elif op == ops.TLS_GD32:
        general_dynamic32(e, o[0], loc)
    elif op == ops.LA_FAR:
        e.row(row("MOVABSQ_RI"), [o[0], e.resolve_operand(o[1])], loc)
    elif op == ops.GOT_BASE64:
        got_base64(e, o[0], o[1], loc)
    elif op == ops.TLS_FAR:
        far_dynamic(e, o[0], loc)
    elif op == ops.TLS_LD:
        local_dynamic(e, o[0], loc)
    elif op == ops.TLS_LD32:
        local_dynamic32(e, o[0], loc)
    elif op == ops.TRAP:
        e.row(row("UD2"), [], loc)
    elif op == ops.FZERO:
        e.row(row("XORPS_XX" if target.has("sse") else "PXOR_XX"), [o[0], o[0]], loc)
    elif op == ops.CMOV_MOVE:
        branch_over(target, e, o, loc)
    elif op == ops.CFI:
        call_frame(e, o, loc)
    elif op == ops.PROFILE:
        profiling.emit(target, e, loc)
    elif op == ops.RMW_LOOP:
        modify_loop(e, o, loc)
    elif op == ops.U64_TO_FLOAT:
        unsigned_to_float(e, o, loc)
    elif op == ops.SETJMP:
        set_jump(target, e, o, loc)
    elif op == ops.LONGJMP:
        long_jump(target, e, o[0], loc)
    else:
        raise ToolError(f"internal error: pseudo operation {e.target.descs[op].name}", loc)


def set_jump(target: X86Target, e: Emitter, o: list[int], loc: int) -> None:
    """Fill the buffer; 0 now, 1 when longjmp comes back here."""
    d, buffer = o
    word = target.word_bytes
    again, on = e.streamer.temporary(), e.streamer.temporary()
    for place, register in ((0, operand.reg(RBP)), (2 * word, operand.reg(RSP))):
        emit_row(e, target.store_row, [buffer, ONE, NO_REG, operand.imm(place), NO_REG, register], loc)
    address(target, e, d, e.symbol_operand(again), loc)
    emit_row(e, target.store_row, [buffer, ONE, NO_REG, operand.imm(word), NO_REG, d], loc)
    emit_row(e, row("MOVL_RI"), [d, operand.imm(0)], loc)
    e.row(row("JMP_J"), [e.symbol_operand(on)], loc)
    e.streamer.label(again, loc)
    emit_row(e, row("MOVL_RI"), [d, operand.imm(1)], loc)
    e.streamer.label(on, loc)


def long_jump(target: X86Target, e: Emitter, buffer: int, loc: int) -> None:
    """Frame pointer, stack pointer and place from the buffer."""
    word = target.word_bytes
    scratch = operand.reg(RAX)
    for register, place in ((scratch, word), (operand.reg(RBP), 0), (operand.reg(RSP), 2 * word)):
        emit_row(e, target.load_row, [register, buffer, ONE, NO_REG, operand.imm(place), NO_REG], loc)
    hardening.branch(target, e, scratch, loc, True)


def copy(target: X86Target, e: Emitter, d: int, s: int, loc: int, narrow: bool = False) -> None:
    """Register copy; `narrow`: 32 bits are enough."""
    wide = target.word_bytes == 8
    to_xmm, from_xmm = XMM <= d >> SHIFT < XMM_END, XMM <= s >> SHIFT < XMM_END
    if to_xmm and from_xmm:
        e.row(row("MOVAPS_XX"), [d, s], loc)
    elif to_xmm:
        emit_row(e, row("MOVQ_XR" if wide else "MOVD_XR"), [d, s], loc)
    elif from_xmm:
        emit_row(e, row("MOVQ_RX" if wide else "MOVD_RX"), [d, s], loc)
    else:
        emit_row(e, row("MOVQ_RR" if wide and not narrow else "MOVL_RR"), [d, s], loc)


def constant(target: X86Target, e: Emitter, d: int, v: int, loc: int) -> None:
    """The shortest mov of a constant (it changes no flags)."""
    if XMM <= d >> SHIFT < XMM_END:
        raise ToolError("internal error: integer constant in an SSE register", loc)
    if target.word_bytes == 4 or 0 <= v < 1 << 32:
        emit_row(e, row("MOVL_RI"), [d, operand.imm(v & 0xFFFFFFFF)], loc)
    elif -(1 << 31) <= v < 0:
        e.row(row("MOVQ_RI"), [d, operand.imm(v)], loc)
    else:
        e.row(row("MOVQ_RI_2"), [d, operand.imm(v & (1 << 64) - 1)], loc)


def address(target: X86Target, e: Emitter, d: int, value: int, loc: int) -> None:
    """Address of a symbol: relative to the instruction, or absolute where the code model says so (the position-independent large
    model asks for labels of the function itself only)."""
    if target.has("far") and not target.has("gotoff64"):
        e.row(row("MOVABSQ_RI"), [d, value], loc)
    elif target.has("rip"):
        if target.has("absolute") and target.code_model == "small":
            emit_row(e, row("MOVL_RI"), [d, value], loc)
        elif target.has("absolute") and target.code_model == "kernel":       # Linux runs before it is where it was linked for, and counts on
            e.row(row("MOVQ_RI"), [d, value], loc)                           # the address being that of the link, as in gcc's code
        else:
            emit_row(e, row("LEAQ_RM"), [d, operand.reg(RIP), ONE, NO_REG, value, NO_REG], loc)
    else:
        emit_row(e, row("MOVL_RI"), [d, value], loc)


def call(target: X86Target, e: Emitter, i: MachineInstr) -> None:
    """Direct or indirect, call or jump."""
    o = i.ops[0]
    tail = i.op == mir.TAIL_CALL
    if o & KIND_MASK == EXPR:
        x = e.f.expressions[o >> SHIFT]
        if x.modifier == "gotpcrel":
            e.row(row("JMPQ_M" if tail else "CALLQ_M"), [operand.reg(RIP), ONE, NO_REG, e.resolve_operand(o), NO_REG], i.loc)
        else:
            e.row(row("JMP_J" if tail else "CALLL_J" if target.real_mode else "CALL_J"), [e.resolve_operand(o)], i.loc)
    else:
        hardening.branch(target, e, o, i.loc, tail)


def general_dynamic(e: Emitter, symbol: int, loc: int) -> None:
    """The sequence of 16 bytes that linkers know (TLS, 4.1.1): data16 lea x@tlsgd(%rip), %rdi ;
    data16 data16 rex.W call __tls_get_addr@PLT."""
    s = e.streamer
    s.data(b"\x66")
    e.row(row("LEAQ_RM"), [operand.reg(7), operand.reg(RIP), ONE, NO_REG, e.resolve_operand(symbol), NO_REG], loc)
    s.data(b"\x66\x66\x48")
    e.row(row("CALL_J"), [e.symbol_operand(s.symbol("__tls_get_addr"), "plt")], loc)


def general_dynamic32(e: Emitter, symbol: int, loc: int) -> None:
    """leal x@tlsgd(,%ebx,1), %eax ; call ___tls_get_addr@PLT: the form whose 12 bytes linkers relax (TLS, 4.1.2)."""
    s = e.streamer
    e.row(row("LEAL_RM"), [operand.reg(RAX + R32), NO_REG, ONE, operand.reg(RBX + R32), e.resolve_operand(symbol), NO_REG], loc)
    e.row(row("CALL_J"), [e.symbol_operand(s.symbol("___tls_get_addr"), "plt")], loc)


def local_dynamic(e: Emitter, symbol: int, loc: int) -> None:
    """leaq x@tlsld(%rip), %rdi ; call __tls_get_addr@PLT (TLS, 4.2.1)."""
    e.row(row("LEAQ_RM"), [operand.reg(7), operand.reg(RIP), ONE, NO_REG, e.resolve_operand(symbol), NO_REG], loc)
    e.row(row("CALL_J"), [e.symbol_operand(e.streamer.symbol("__tls_get_addr"), "plt")], loc)


def got_base64(e: Emitter, d: int, t: int, loc: int) -> None:
    """1: movabsq $_GLOBAL_OFFSET_TABLE_-1b, %t ; leaq 1b(%rip), %d ; addq %t, %d (psABI 3.5.3, large model)."""
    s = e.streamer
    here = s.temporary()
    s.label(here, loc)
    distance = operand.expr(s.expression(difference(s.symbol("_GLOBAL_OFFSET_TABLE_"), here)))
    e.row(row("MOVABSQ_RI"), [t, distance], loc)
    e.row(row("LEAQ_RM"), [d, operand.reg(RIP), ONE, NO_REG, e.symbol_operand(here), NO_REG], loc)
    e.row(row("ADDQ_RR"), [d, t], loc)


def far_dynamic(e: Emitter, symbol: int, loc: int) -> None:
    """leaq x@tlsgd(%rip), %rdi ; movabsq $__tls_get_addr@PLTOFF, %rax ; addq %rbx, %rax ; call *%rax: the large model's form of
    general and local dynamic (`tlsld`) accesses, whose 22 bytes linkers relax."""
    e.row(row("LEAQ_RM"), [operand.reg(7), operand.reg(RIP), ONE, NO_REG, e.resolve_operand(symbol), NO_REG], loc)
    e.row(row("MOVABSQ_RI"), [operand.reg(RAX), e.symbol_operand(e.streamer.symbol("__tls_get_addr"), "pltoff")], loc)
    e.row(row("ADDQ_RR"), [operand.reg(RAX), operand.reg(RBX)], loc)
    e.row(row("CALLQ_R"), [operand.reg(RAX)], loc)


def local_dynamic32(e: Emitter, symbol: int, loc: int) -> None:
    """leal x@tlsldm(%ebx), %eax ; call ___tls_get_addr@PLT (TLS, 4.2.2)."""
    e.row(row("LEAL_RM"), [operand.reg(RAX + R32), operand.reg(RBX + R32), ONE, NO_REG, e.resolve_operand(symbol), NO_REG], loc)
    e.row(row("CALL_J"), [e.symbol_operand(e.streamer.symbol("___tls_get_addr"), "plt")], loc)


def branch_over(target: X86Target, e: Emitter, o: list[int], loc: int) -> None:
    """A move if a condition holds."""
    d, c, s = o
    if d == s:
        return
    label = e.streamer.temporary()
    e.row(BRANCH_ROWS[c >> SHIFT ^ 1], [e.symbol_operand(label)], loc)
    if d >> SHIFT >= ops.X87:
        raise ToolError("internal error: conditional move of an x87 value", loc)
    copy(target, e, d, s, loc)
    e.streamer.label(label, loc)


def call_frame(e: Emitter, o: list[int], loc: int) -> None:
    """A .cfi directive."""
    if not e.has_cfi:
        return
    kind = o[0] >> SHIFT
    e.streamer.cfi(CFI_NAMES[kind], [x >> SHIFT for x in o[1:1 + CFI_ARGUMENTS[kind]]], loc)


def modify_loop(e: Emitter, o: list[int], loc: int) -> None:
    """rax holds the old value: compute, try to exchange, again if somebody else was faster."""
    memory, value, t = [e.resolve_operand(x) for x in o[:M]], o[M], o[M + 1]
    what, size = o[M + 2] >> SHIFT, o[M + 3] >> SHIFT
    wide = "Q" if size == 8 else "L"
    retry = e.streamer.temporary()
    e.streamer.label(retry, loc)
    emit_row(e, row(f"MOV{wide}_RR"), [t, operand.reg(RAX)], loc)
    emit_row(e, row(f"{OPERATIONS[what]}{wide}_RR"), [t, value], loc)
    if what == RMW_NAND:
        emit_row(e, row(f"NOT{wide}_R"), [t], loc)
    e.row(row("LOCK"), [], loc)
    emit_row(e, row(f"CMPXCHG{SUFFIX[size]}_MR"), [*memory, t], loc)
    e.row(BRANCH_ROWS[CC_NE], [e.symbol_operand(retry)], loc)


def unsigned_to_float(e: Emitter, o: list[int], loc: int) -> None:
    """u64 to float: with the top bit set, convert half of it (rounded to odd) and double."""
    d, x, t, u, size = o
    kind = "SS" if size >> SHIFT == 4 else "SD"
    big, done = e.streamer.temporary(), e.streamer.temporary()
    e.row(row("XORPS_XX"), [d, d], loc)
    e.row(row("TESTQ_RR"), [x, x], loc)
    e.row(BRANCH_ROWS[8], [e.symbol_operand(big)], loc)
    e.row(row(f"CVTSI2{kind}Q_XR"), [d, x], loc)
    e.row(row("JMP_J"), [e.symbol_operand(done)], loc)
    e.streamer.label(big, loc)
    e.row(row("MOVQ_RR"), [t, x], loc)
    e.row(row("MOVQ_RR"), [u, x], loc)
    e.row(row("SHRQ_R1"), [t, operand.imm(1)], loc)
    emit_row(e, row("ANDL_RS"), [u, operand.imm(1)], loc)
    e.row(row("ORQ_RR"), [t, u], loc)
    e.row(row(f"CVTSI2{kind}Q_XR"), [d, t], loc)
    e.row(row(f"ADD{kind}_XX"), [d, d], loc)
    e.streamer.label(done, loc)
