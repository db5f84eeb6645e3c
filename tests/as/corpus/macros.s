 .data
.macro foo a, b=3, c:req
 .word \a, \b, \c
.endm
 foo 1, , 5
 foo 1, 2, 5
 foo c=9, a=2
 foo a=1 , c = 4
.macro v n, rest:vararg
 .ifb \rest
 .byte \n
 .else
 .byte \n, \rest
 v \rest
 .endif
.endm
 v 1
 v 1, 2, 3
.macro cnt
 .word \@
lab\@: .word lab\@
.endm
 cnt
 cnt
 .data
.macro ex n
 .if \n == 3
 .exitm
 .endif
 .byte \n
.endm
 ex 1
 ex 3
 ex 4
 .rept 3
 .byte 7
 .endr
 .irp r, 1, 2 ,3
 .byte \r
 .endr
 .irp r,a0,a1
 .ascii "\r"
 .endr
 .irpc c,0123
 .byte \c
 .endr
 .irp x
 .byte 9\x
 .endr
.macro rec n
 .byte \n
 .if \n
 rec (\n-1)
 .endif
.endm
 rec 3
.macro str s
 .asciz "\s"
 .asciz \s
.endm
 .macro q s:vararg
 .ascii \s
 .endm
 q "abc", "d,e"
 .purgem ex
.macro ex n
 .byte 100+\n
.endm
 ex 1
.macro outer n
.macro inner\n x
 .byte \n, \x
.endm
.endm
 outer 5
 inner5 6
 .rept 2
 .rept 2
 .byte 1
 .endr
 .irp q, 4,5
 .byte \q
 .endr
 .endr
 .macro m2 a b c
 .byte \a,\b,\c
 .endm
 m2 1 2 3
 m2 1,2 3
 m2 1 + 1, 2, 3
 m2 (1 + 2), 4, 5
 m2 -1, ~2, !3
 .macro sz op, sfx
 .ascii "\op\sfx\().x"
 .ascii "\op&\sfx"
 .endm
 sz a, b
 sz "a b", "c"
