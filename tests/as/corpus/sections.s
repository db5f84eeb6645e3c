 .section .foo,"aw",@progbits
 .byte 1
 .section .bar,"aMS",@progbits,1
 .asciz "abc"
 .section .note.x,"",@note
 .word 1
 .section .tdata,"awT",@progbits
tv: .word 1
 .section .tbss,"awT",@nobits
tb: .zero 8
 .section .init_array,"aw"
 .dword tv2
 .section .text.x,"ax",@progbits
 nop
 .pushsection .foo
 .byte 2
 .popsection
 nop
 .previous
 .byte 9
 .word 2
 .word 1
 .text 1
 nop
 nop
 .text 0
 add a0,a0,a1
 .data 1
 .byte 2
 .data
 .byte 1
 .section .lo,"ao",@progbits,.text
 .word 5
 .section .bss.q
 .zero 4
 .section .rodata.str1.8,"aMS",@progbits,1
 .string "hi"
 .section .sdata,"aw"
 .word 1
 .section .x86,"a",%progbits
 .byte 3
 .section .ex,"e"
 .byte 3
 .pushsection .text ; nop ; .pushsection .data ; .byte 4 ; .popsection ; nop; .popsection
 .byte 5
