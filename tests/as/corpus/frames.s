 .cfi_sections .eh_frame, .debug_frame
f: .cfi_startproc
 nop
 .cfi_def_cfa sp, 16
 .cfi_offset ra, -8
 .cfi_offset 8, -16
 nop
 .cfi_remember_state
 .cfi_adjust_cfa_offset 16
 .cfi_rel_offset s1, 0
 nop
 .cfi_restore_state
 nop
 .cfi_restore ra
 .cfi_undefined a0
 .cfi_same_value s2
 .cfi_register s3, a1
 .cfi_def_cfa_register s0
 .cfi_def_cfa_offset 0
 .cfi_escape 0x16, 1, 2, 3
 .cfi_val_offset s4, -24
 .cfi_offset 33, -32
 .cfi_offset 70, 32
 .cfi_window_save
 .rept 100
 nop
 .endr
 .cfi_def_cfa_offset 200
 call x
 .rept 2000
 nop
 .endr
 .cfi_def_cfa_offset 208
 call x
 nop
 .cfi_def_cfa_offset 209
 .cfi_endproc
g: .cfi_startproc simple
 .cfi_personality 0x9b, DW.ref.pers
 .cfi_lsda 0x1b, .LLSDA
 .cfi_signal_frame
 .cfi_return_column 5
 nop
 .cfi_endproc
 .cfi_startproc
 nop
 .cfi_endproc
 .section .gcc_except_table,"a"
.LLSDA: .byte 1
