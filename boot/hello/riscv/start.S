# Entry of a bare-metal program on QEMU's RISC-V `virt` machine.  OpenSBI jumps here in supervisor mode with
# a0 = hart number, a1 = device tree; memory beyond the image is free.
	.section .text.start, "ax"
	.globl	_start
_start:
	.option push
	.option norelax
	la	gp, __global_pointer$
	.option pop
	la	sp, __stack_top
	la	t0, __bss_start
	la	t1, __bss_end
1:	bgeu	t0, t1, 2f
	sd	zero, 0(t0)
	addi	t0, t0, 8
	j	1b
2:	call	kernel_main
3:	wfi
	j	3b
