/* The unwinder on RISC-V.  Places 0-31 are x0-x31, 32-63 f0-f31, 64 the instruction pointer; then what the C part keeps there. */
#include "../unwind-entry.h"
#define SIZE 576
#define IS_SIGNAL 560
#ifdef __riscv_flen
#if __riscv_flen == 64
#define FS fsd
#define FL fld
#else
#define FS fsw
#define FL flw
#endif
#endif
        .macro general op, base
        .irp n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
        \op x\n, \n * 8(\base)
        .endr
        .endm
#ifdef FS
        .macro floats op, base
        .irp n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
        \op f\n, 256 + \n * 8(\base)
        .endr
        .endm
#endif
        .macro go body
        addi sp, sp, -SIZE - 16
        .cfi_def_cfa_offset SIZE + 16
        sd ra, SIZE(sp)
        .cfi_offset ra, -16
        general sd, sp
#ifdef FS
        floats FS, sp
#endif
        addi t0, sp, SIZE + 16
        sd t0, 16(sp)
        sd gp, 24(sp)
        sd tp, 32(sp)
        sd ra, 8(sp)
        sd ra, 512(sp)
        sd zero, IS_SIGNAL(sp)
        mv a3, a2
        mv a2, a1
        mv a1, a0
        mv a0, sp
        call \body
        ld ra, SIZE(sp)
        addi sp, sp, SIZE + 16
        .cfi_def_cfa_offset 0
        .cfi_restore ra
        ret
        .endm
        entries

        begin __tcc_unwind_install
        mv t1, a0
        general ld, t1
#ifdef FS
        floats FL, t1
#endif
        ld ra, 8(t1)
        ld tp, 32(t1)
        ld a0, 80(t1)
        ld a1, 88(t1)
        ld t0, 512(t1)
        ld sp, 16(t1)
        jr t0
        end __tcc_unwind_install
