 .text
 .insn r 0x33, 0, 0, a0, a1, a2
 .insn r OP, 7, 0x11, x0, a0, a1
 .insn r 0x43, 0, 1, a0, a1, a2, a3
 .insn r4 MADD, 0, 1, fa0, fa1, fa2, fa3
 .insn i OP_IMM, 0, a0, a1, -5
 .insn i LOAD, 3, a0, 8(sp)
 .insn s STORE, 3, a0, -8(sp)
 .insn u LUI, a0, 0x12345
 .insn ci C1, 2, a0, 5
 .insn cr C2, 8, a0, a1
 .insn ca C1, 0x23, 3, a0, a1
 .insn 0x00a50533
 .insn 4, 0x00a50533
 .insn 0x0001
 .4byte 0x73
 .option push
 .option norvc
 addi a0, a0, 1
 .option arch, +zbb
 clz a0, a1
 .option pop
 addi a0, a0, 1
 .option pic
 la a0, x
 .option nopic
 la a0, x
 .option norelax
 call x
 .option relax
 lui a0, %hi(x+4)
 addi a0, a0, %lo(x+4)
 sw a1, %lo(y)(a0)
 lui a0, %tprel_hi(t)
 add a0, a0, tp, %tprel_add(t)
 lw a0, %tprel_lo(t)(a0)
1: auipc a0, %got_pcrel_hi(x)
 ld a0, %pcrel_lo(1b)(a0)
 la.tls.ie a0, t
 la.tls.gd a0, t
 tail f
 jump f, t0
 lw a0, x
 sd a1, x, t0
 flw fa0, x, t0
 li a0, 0x123456789abcdef
 lui a0, %hi(0x12345678)
 csrr a0, sstatus
 csrrwi a0, 0x105, 3
 fence rw, w
 fence.tso
 vsetvli t0, a0, e32, m2, ta, ma
 .data
 .dtprelword t
 .dtpreldword t+8
 .attribute stack_align, 16
 .attribute unaligned_access, 1
