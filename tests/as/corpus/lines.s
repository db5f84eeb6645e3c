	.file "x.c"
	.text
	.file 1 "x.c"
foo:
	.loc 1 5 1
	call bar
	.loc 1 6 3
	addi a0,a0,1
	addi a0,a0,1
	.loc 1 7 9 discriminator 3
	.loc 1 8 9
	addi a0,a0,1
	.section .text.b,"ax"
	.loc 1 1000 9
	addi a0,a0,1
	.loc 1 10 9 basic_block prologue_end epilogue_begin
	addi a0,a0,1
	.data
 .section .debug_info
 .byte 1
