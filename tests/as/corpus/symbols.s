 .globl a,b
 .weak w1, w2
 .hidden h
 .protected p
 .internal i
a: .word b, w1
w2: .word h,p,i
 .set al, a
 .set al2, a+4
 .globl al
 .type a, @function
 .type b, %object
 .type "c", STT_OBJECT
c: .word 1
 .size c, .-c
 .size a, 4
 .comm cm, 10
 .comm cm2, 16, 8
 .local lc
 .comm lc, 4, 4
 .lcomm lc3, 3
 .type ifu, @gnu_indirect_function
ifu: nop
 .weakref wr, target
 .word wr
 .weakref wr2, target2
 .symver a, a@VER_1
 .symver c, c@@VER_2
 .type t, @tls_object
 .data
 .dword undefd - .
 .word a - .
 .dword lab1 - lab2
lab1: .byte 1
lab2: .byte 2
 .text
10: nop
 j 10b
 bnez a0, 20f
20: beqz a0, 10b
 .globl undefd_only
 .weak weak_only
 call 20b
1$: nop
 j 1$
foo: nop
1$: nop
 j 1$
 .ident "my ident"
 .version "1.2"
