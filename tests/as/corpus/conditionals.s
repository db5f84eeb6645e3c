 .data
 .macro t x
 .ifdef \x
 .byte 1
 .else
 .byte 2
 .endif
 .ifndef \x
 .byte 3
 .endif
 .endm
 t foo
foo: 
 t foo
 .if 1 ; .byte 10 ; .else ; .byte 11 ; .endif
 .if 0
 .byte 1
 .if 1
 .byte 2
 .else
 .byte 3
 .endif
 .elseif 1
 .byte 4
 .elseif 1
 .byte 5
 .else
 .byte 6
 .endif
 .ifeq 0
 .byte 20
 .endif
 .ifne 1 
 .byte 21
 .endif
 .ifgt 1
 .byte 22
 .endif
 .ifge 0
 .byte 23
 .endif
 .iflt -1
 .byte 24
 .endif
 .ifle 0
 .byte 25
 .endif
 .ifb
 .byte 26
 .endif
 .ifnb x
 .byte 27
 .endif
 .ifeqs "a","a"
 .byte 28
 .endif
 .ifnes "a","b"
 .byte 29
 .endif
 .ifc a b , a b
 .byte 30
 .endif
l1: .word 1
l2:
 .if l2 - l1 == 4
 .byte 32
 .endif
 .text
t1: nop
 call x
t2:
 .if t2 - t1 == 12
 .byte 33
 .endif
 .if . - t2 == 1
 .byte 34
 .endif
/* comment
 .byte 99
*/ .byte 35 # end
# 5 "foo.c" 1
 .byte 37
 #comment ; .byte 1
 .ascii "a#b;c/*d*/"
