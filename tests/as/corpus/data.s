 .data
 .set x, 5
 y = x + 1
 z == 3
 .equ w, y*2
 .equiv e, 9
 .word x,y,z,w,e
 x = 7
 .word x
 .byte 1+2*3, (1+2)*3, 1<<3+1, 10-3-2, 7/2, -7/2, -7%3, 7%3, 6&3|8, 6^3, 5!2
 .byte 1==1, 1!=1, 1<2, 2<=1, 1>2, 1>=1, 1&&2, 0||0, 3<>3
 .byte ~0, -1, !0, !5, +3, - -3
 .byte 'a', 'b, '\n, '\\, '\''
 .byte 0x1f, 017, 0b101, 10
 .word . - x0, x1 - x0
x0: .space 3
x1: .fill 3, 2, 0x1234
 .fill 2
 .fill 2, 4
 .fill 1,8,-1
 .zero 3
 .skip 5, 0xaa
 .balign 8, 0x11
 .p2align 4,,3
 .p2align 3,0x22
 .balignw 8,0x1234
 .balignl 16,0xdeadbeef
 .org x1+220
 .org . + 4, 0x33
x2 = x1 + 2
 .quad 0x123456789abcdef0, -1, 0xffffffffffffffff
 .octa 0x0123456789abcdef0011223344556677
 .short 65535, -32768
 .uleb128 0
 .uleb128 127
 .uleb128 128
 .uleb128 624485
 .uleb128 0xffffffffffffffff
 .sleb128 0
 .sleb128 -1
 .sleb128 63
 .sleb128 64
 .sleb128 -64
 .sleb128 -65
 .sleb128 -624485
 .float 1.5, -2.25, 1e10, 0.1, 1e-40, 3.4028235e38
 .double 1.5, 0.1, 1e300, 5e-324, -0.0
 .single 1
 .string "a\tb\n\"q\"\\ \101\x41\0"
 .asciz "x", "y"
 .ascii "no" "join"
 .string16 "ab"
 .string32 "a"
 .hword 1
 .half 2
 .dc.b 1
 .dc.w 2
 .dc.l 3
 .dcb.b 3, 5
 .float16 1.5, 0.1
