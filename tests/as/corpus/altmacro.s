 .altmacro
 .macro t a, b
 LOCAL x, y
x: .word a
y: .word b, x - y
 .endm
 .data
 t 1, %2+3
 t <1>, <2, 3>
 .macro s str
 .ascii str
 .endm
 s <"hello, world">
 s "abc"
 .macro cc p, q
 .byte p&q, p
p&q&_lab: .byte 3
 .endm
 .set ab, 7
 .set a, 2
 cc a, b
 .noaltmacro
 .macro n z
 .byte \z
 .endm
 n 5
