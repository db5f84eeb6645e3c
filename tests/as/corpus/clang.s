	.text
	.file	"a.c"
	.file	0 "/build" "/src/dir/a.c"
	.globl	f
	.p2align	1
	.type	f,@function
f:                                      # @f
.Lfunc_begin0:
	.loc	0 4 0                           # /src/dir/a.c:4:0
	.cfi_sections .debug_frame
	.cfi_startproc
# %bb.0:
	.loc	0 5 3 prologue_end
	addiw	a0, a0, 1
.Ltmp0:
	.loc	0 0 3 is_stmt 0
	addiw	a0, a0, 2
	.loc	0 6 1 is_stmt 1
	ret
.Lfunc_end0:
	.size	f, .Lfunc_end0-f
	.cfi_endproc
	.globl	g
	.p2align	1
g:
	.cfi_startproc
	.cfi_def_cfa_offset 0
	.cfi_offset ra, -8
.Lpcrel_hi0:
	auipc	a0, %pcrel_hi(x)
	lw	a0, %pcrel_lo(.Lpcrel_hi0)(a0)
	tail	f@plt
	.cfi_endproc
	.section	.debug_abbrev,"",@progbits
	.byte	1
	.section	.debug_info,"",@progbits
	.word	.debug_abbrev
	.quad	.Lfunc_begin0
	.word	.Lfunc_end0-.Lfunc_begin0
	.section	".note.GNU-stack","",@progbits
