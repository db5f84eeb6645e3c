	.file "a.c"
	.text
	.align 1
	.globl foo
	.type foo,@function
foo:
.LFB0:
	.cfi_startproc
	addi sp,sp,-32
	.cfi_def_cfa_offset 32
	call bar
	tail baz@plt
	la a0, sym
	lla a1, .L5
	beq a0,a1,.L5
	j .L5
	bnez a0,ext
	.align 4
	addi a0,a0,%lo(sym)
	lui a0,%hi(sym)
	lw a0,%pcrel_lo(.L5)(a1)
.L5:
	ld ra,8(sp)
	.cfi_restore 1
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
	.size foo,.-foo
	.size foo, .L5-foo
	.align 4
.L6:
	beq a0,a1,.L7
	call bar
	la a0,sym
	nop
.L7:
	.section .rodata
x:	.word .L7-.L6
	.word .L5-foo
	.word y-x
	.word x-.
y: .byte .L7-.L6
	.dword x
	.dword x+4
	.section .data
	.half y-x
	.option push
	.option rvc
