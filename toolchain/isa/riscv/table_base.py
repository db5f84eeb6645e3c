"""RISC-V instructions without vectors, one form a line.

Columns: mnemonic, operands in the order of assembly text, encoding with all operands zero (hex, 4
digits for a compressed form), extension that must be there (`a|b`: any of them; `rv32`, `rv64` ask for
that base as well).  `?rm` means an optional rounding mode, dynamic if absent.  `=x` after the
extension marks an alias of instruction x.

Sources: The RISC-V Instruction Set Manual, volumes I and II, and the ratified extension documents
(Zba Zbb Zbc Zbs 1.0, scalar cryptography 1.0, CMO 1.0, H 1.0, Zicond 1.0, Zawrs 1.0, Zfh 1.0).
"""
from __future__ import annotations

from typing import Final

BASE: Final = """
# RV32I, RV64I
lui         rd,uimm20          00000037  i
auipc       rd,uimm20          00000017  i
jal         rd,joff            0000006f  i
jal         joff               000000ef  i =jal
j           joff               0000006f  i =jal
jalr        rd,off(rs1)        00000067  i
jalr        off(rs1)           000000e7  i =jalr
jalr        rd,rs1,imm         00000067  i =jalr
jalr        rs1,imm            000000e7  i =jalr
jalr        rd,rs1             00000067  i =jalr
jalr        rs1                000000e7  i =jalr
jr          off(rs1)           00000067  i =jalr
jr          rs1,imm            00000067  i =jalr
jr          rs1                00000067  i =jalr
ret         -                  00008067  i =jalr
beq         rs1,rs2,boff       00000063  i
bne         rs1,rs2,boff       00001063  i
blt         rs1,rs2,boff       00004063  i
bge         rs1,rs2,boff       00005063  i
bltu        rs1,rs2,boff       00006063  i
bgeu        rs1,rs2,boff       00007063  i
bgt         rs2,rs1,boff       00004063  i =blt
ble         rs2,rs1,boff       00005063  i =bge
bgtu        rs2,rs1,boff       00006063  i =bltu
bleu        rs2,rs1,boff       00007063  i =bgeu
beqz        rs1,boff           00000063  i =beq
bnez        rs1,boff           00001063  i =bne
bltz        rs1,boff           00004063  i =blt
bgez        rs1,boff           00005063  i =bge
bgtz        rs2,boff           00004063  i =blt
blez        rs2,boff           00005063  i =bge
lb          rd,off(rs1)        00000003  i
lh          rd,off(rs1)        00001003  i
lw          rd,off(rs1)        00002003  i
ld          rd,off(rs1)        00003003  i&rv64
lbu         rd,off(rs1)        00004003  i
lhu         rd,off(rs1)        00005003  i
lwu         rd,off(rs1)        00006003  i&rv64
sb          rs2,soff(rs1)      00000023  i
sh          rs2,soff(rs1)      00001023  i
sw          rs2,soff(rs1)      00002023  i
sd          rs2,soff(rs1)      00003023  i&rv64
nop         -                  00000013  i =addi
mv          rd,rs1             00000013  i =addi
move        rd,rs1             00000013  i =addi
addi        rd,rs1,imm         00000013  i
slti        rd,rs1,imm         00002013  i
sltiu       rd,rs1,imm         00003013  i
xori        rd,rs1,imm         00004013  i
ori         rd,rs1,imm         00006013  i
andi        rd,rs1,imm         00007013  i
slli        rd,rs1,shamt       00001013  i
srli        rd,rs1,shamt       00005013  i
srai        rd,rs1,shamt       40005013  i
add         rd,rs1,rs2         00000033  i
add         rd,rs1,rs2,tpadd   00000033  i =add
add         rd,rs1,imm         00000013  i =addi
sub         rd,rs1,rs2         40000033  i
sll         rd,rs1,rs2         00001033  i
sll         rd,rs1,shamt       00001013  i =slli
slt         rd,rs1,rs2         00002033  i
slt         rd,rs1,imm         00002013  i =slti
sltu        rd,rs1,rs2         00003033  i
sltu        rd,rs1,imm         00003013  i =sltiu
xor         rd,rs1,rs2         00004033  i
xor         rd,rs1,imm         00004013  i =xori
srl         rd,rs1,rs2         00005033  i
srl         rd,rs1,shamt       00005013  i =srli
sra         rd,rs1,rs2         40005033  i
sra         rd,rs1,shamt       40005013  i =srai
or          rd,rs1,rs2         00006033  i
or          rd,rs1,imm         00006013  i =ori
and         rd,rs1,rs2         00007033  i
and         rd,rs1,imm         00007013  i =andi
not         rd,rs1             fff04013  i =xori
neg         rd,rs2             40000033  i =sub
seqz        rd,rs1             00103013  i =sltiu
snez        rd,rs2             00003033  i =sltu
sltz        rd,rs1             00002033  i =slt
sgtz        rd,rs2             00002033  i =slt
sgt         rd,rs2,rs1         00002033  i =slt
sgtu        rd,rs2,rs1         00003033  i =sltu
zext.b      rd,rs1             0ff07013  i =andi
fence       pred,succ          0000000f  i
fence       -                  0ff0000f  i =fence
fence.tso   -                  8330000f  i
pause       -                  0100000f  zihintpause
ecall       -                  00000073  i
scall       -                  00000073  i =ecall
ebreak      -                  00100073  i
sbreak      -                  00100073  i =ebreak
unimp       -                  c0001073  i =csrrw
addiw       rd,rs1,imm         0000001b  i&rv64
slliw       rd,rs1,shamt5      0000101b  i&rv64
srliw       rd,rs1,shamt5      0000501b  i&rv64
sraiw       rd,rs1,shamt5      4000501b  i&rv64
addw        rd,rs1,rs2         0000003b  i&rv64
addw        rd,rs1,imm         0000001b  i&rv64 =addiw
subw        rd,rs1,rs2         4000003b  i&rv64
sllw        rd,rs1,rs2         0000103b  i&rv64
sllw        rd,rs1,shamt5      0000101b  i&rv64 =slliw
srlw        rd,rs1,rs2         0000503b  i&rv64
srlw        rd,rs1,shamt5      0000501b  i&rv64 =srliw
sraw        rd,rs1,rs2         4000503b  i&rv64
sraw        rd,rs1,shamt5      4000501b  i&rv64 =sraiw
negw        rd,rs2             4000003b  i&rv64 =subw
sext.w      rd,rs1             0000001b  i&rv64 =addiw
# Zifencei, Zicsr
fence.i     -                  0000100f  zifencei
csrrw       rd,csr,rs1         00001073  zicsr
csrrs       rd,csr,rs1         00002073  zicsr
csrrc       rd,csr,rs1         00003073  zicsr
csrrwi      rd,csr,zimm5       00005073  zicsr
csrrsi      rd,csr,zimm5       00006073  zicsr
csrrci      rd,csr,zimm5       00007073  zicsr
csrrw       rd,csr,zimm5       00005073  zicsr =csrrwi
csrrs       rd,csr,zimm5       00006073  zicsr =csrrsi
csrrc       rd,csr,zimm5       00007073  zicsr =csrrci
csrr        rd,csr             00002073  zicsr =csrrs
csrw        csr,rs1            00001073  zicsr =csrrw
csrw        csr,zimm5          00005073  zicsr =csrrwi
csrs        csr,rs1            00002073  zicsr =csrrs
csrs        csr,zimm5          00006073  zicsr =csrrsi
csrc        csr,rs1            00003073  zicsr =csrrc
csrc        csr,zimm5          00007073  zicsr =csrrci
csrwi       csr,zimm5          00005073  zicsr =csrrwi
csrsi       csr,zimm5          00006073  zicsr =csrrsi
csrci       csr,zimm5          00007073  zicsr =csrrci
rdcycle     rd                 c0002073  i =csrrs
rdtime      rd                 c0102073  i =csrrs
rdinstret   rd                 c0202073  i =csrrs
rdcycleh    rd                 c8002073  i&rv32 =csrrs
rdtimeh     rd                 c8102073  i&rv32 =csrrs
rdinstreth  rd                 c8202073  i&rv32 =csrrs
# M
mul         rd,rs1,rs2         02000033  zmmul
mulh        rd,rs1,rs2         02001033  zmmul
mulhsu      rd,rs1,rs2         02002033  zmmul
mulhu       rd,rs1,rs2         02003033  zmmul
div         rd,rs1,rs2         02004033  m
divu        rd,rs1,rs2         02005033  m
rem         rd,rs1,rs2         02006033  m
remu        rd,rs1,rs2         02007033  m
mulw        rd,rs1,rs2         0200003b  zmmul&rv64
divw        rd,rs1,rs2         0200403b  m&rv64
divuw       rd,rs1,rs2         0200503b  m&rv64
remw        rd,rs1,rs2         0200603b  m&rv64
remuw       rd,rs1,rs2         0200703b  m&rv64
# Privileged, H, Svinval
sret        -                  10200073  i
mret        -                  30200073  i
uret        -                  00200073  i
dret        -                  7b200073  i
wfi         -                  10500073  i
sfence.vma  rs1,rs2            12000073  i
sfence.vma  rs1                12000073  i =sfence.vma
sfence.vma  -                  12000073  i =sfence.vma
sinval.vma  rs1,rs2            16000073  svinval
sfence.w.inval -               18000073  svinval
sfence.inval.ir -              18100073  svinval
hinval.vvma rs1,rs2            26000073  svinval
hinval.gvma rs1,rs2            66000073  svinval
hfence.vvma rs1,rs2            22000073  h
hfence.vvma rs1                22000073  h =hfence.vvma
hfence.vvma -                  22000073  h =hfence.vvma
hfence.gvma rs1,rs2            62000073  h
hfence.gvma rs1                62000073  h =hfence.gvma
hfence.gvma -                  62000073  h =hfence.gvma
hlv.b       rd,(rs1)           60004073  h
hlv.bu      rd,(rs1)           60104073  h
hlv.h       rd,(rs1)           64004073  h
hlv.hu      rd,(rs1)           64104073  h
hlvx.hu     rd,(rs1)           64304073  h
hlv.w       rd,(rs1)           68004073  h
hlv.wu      rd,(rs1)           68104073  h&rv64
hlvx.wu     rd,(rs1)           68304073  h
hlv.d       rd,(rs1)           6c004073  h&rv64
hsv.b       rs2,(rs1)          62004073  h
hsv.h       rs2,(rs1)          66004073  h
hsv.w       rs2,(rs1)          6a004073  h
hsv.d       rs2,(rs1)          6e004073  h&rv64
# Zawrs, Zicbom, Zicboz, Zicbop, Zicond
wrs.nto     -                  00d00073  zawrs
wrs.sto     -                  01d00073  zawrs
cbo.inval   (rs1)              0000200f  zicbom
cbo.clean   (rs1)              0010200f  zicbom
cbo.flush   (rs1)              0020200f  zicbom
cbo.zero    (rs1)              0040200f  zicboz
prefetch.i  poff(rs1)          00006013  zicbop
prefetch.r  poff(rs1)          00106013  zicbop
prefetch.w  poff(rs1)          00306013  zicbop
czero.eqz   rd,rs1,rs2         0e005033  zicond
czero.nez   rd,rs1,rs2         0e007033  zicond
# Zba
sh1add      rd,rs1,rs2         20002033  zba
sh2add      rd,rs1,rs2         20004033  zba
sh3add      rd,rs1,rs2         20006033  zba
sh1add.uw   rd,rs1,rs2         2000203b  zba&rv64
sh2add.uw   rd,rs1,rs2         2000403b  zba&rv64
sh3add.uw   rd,rs1,rs2         2000603b  zba&rv64
add.uw      rd,rs1,rs2         0800003b  zba&rv64
zext.w      rd,rs1             0800003b  zba&rv64 =add.uw
slli.uw     rd,rs1,shamt       0800101b  zba&rv64
# Zbb, Zbkb
andn        rd,rs1,rs2         40007033  zbb|zbkb
orn         rd,rs1,rs2         40006033  zbb|zbkb
xnor        rd,rs1,rs2         40004033  zbb|zbkb
rol         rd,rs1,rs2         60001033  zbb|zbkb
ror         rd,rs1,rs2         60005033  zbb|zbkb
rori        rd,rs1,shamt       60005013  zbb|zbkb
ror         rd,rs1,shamt       60005013  zbb|zbkb =rori
rolw        rd,rs1,rs2         6000103b  zbb|zbkb&rv64
rorw        rd,rs1,rs2         6000503b  zbb|zbkb&rv64
roriw       rd,rs1,shamt5      6000501b  zbb|zbkb&rv64
rorw        rd,rs1,shamt5      6000501b  zbb|zbkb&rv64 =roriw
clz         rd,rs1             60001013  zbb
ctz         rd,rs1             60101013  zbb
cpop        rd,rs1             60201013  zbb
clzw        rd,rs1             6000101b  zbb&rv64
ctzw        rd,rs1             6010101b  zbb&rv64
cpopw       rd,rs1             6020101b  zbb&rv64
max         rd,rs1,rs2         0a006033  zbb
maxu        rd,rs1,rs2         0a007033  zbb
min         rd,rs1,rs2         0a004033  zbb
minu        rd,rs1,rs2         0a005033  zbb
sext.b      rd,rs1             60401013  zbb
sext.h      rd,rs1             60501013  zbb
zext.h      rd,rs1             0800403b  zbb&rv64
zext.h      rd,rs1             08004033  zbb&rv32
orc.b       rd,rs1             28705013  zbb
rev8        rd,rs1             6b805013  zbb|zbkb&rv64
rev8        rd,rs1             69805013  zbb|zbkb&rv32
pack        rd,rs1,rs2         08004033  zbkb
packh       rd,rs1,rs2         08007033  zbkb
packw       rd,rs1,rs2         0800403b  zbkb&rv64
brev8       rd,rs1             68705013  zbkb
zip         rd,rs1             08f01013  zbkb&rv32
unzip       rd,rs1             08f05013  zbkb&rv32
xperm4      rd,rs1,rs2         28002033  zbkx
xperm8      rd,rs1,rs2         28004033  zbkx
# Zbc, Zbkc, Zbs
clmul       rd,rs1,rs2         0a001033  zbc|zbkc
clmulh      rd,rs1,rs2         0a003033  zbc|zbkc
clmulr      rd,rs1,rs2         0a002033  zbc
bclr        rd,rs1,rs2         48001033  zbs
bclri       rd,rs1,shamt       48001013  zbs
bclr        rd,rs1,shamt       48001013  zbs =bclri
bext        rd,rs1,rs2         48005033  zbs
bexti       rd,rs1,shamt       48005013  zbs
bext        rd,rs1,shamt       48005013  zbs =bexti
binv        rd,rs1,rs2         68001033  zbs
binvi       rd,rs1,shamt       68001013  zbs
binv        rd,rs1,shamt       68001013  zbs =binvi
bset        rd,rs1,rs2         28001033  zbs
bseti       rd,rs1,shamt       28001013  zbs
bset        rd,rs1,shamt       28001013  zbs =bseti
# Scalar cryptography
aes32dsi    rd,rs1,rs2,bs      2a000033  zknd&rv32
aes32dsmi   rd,rs1,rs2,bs      2e000033  zknd&rv32
aes32esi    rd,rs1,rs2,bs      22000033  zkne&rv32
aes32esmi   rd,rs1,rs2,bs      26000033  zkne&rv32
aes64ds     rd,rs1,rs2         3a000033  zknd&rv64
aes64dsm    rd,rs1,rs2         3e000033  zknd&rv64
aes64im     rd,rs1             30001013  zknd&rv64
aes64es     rd,rs1,rs2         32000033  zkne&rv64
aes64esm    rd,rs1,rs2         36000033  zkne&rv64
aes64ks1i   rd,rs1,rnum        31001013  zkne|zknd&rv64
aes64ks2    rd,rs1,rs2         7e000033  zkne|zknd&rv64
sha256sig0  rd,rs1             10201013  zknh
sha256sig1  rd,rs1             10301013  zknh
sha256sum0  rd,rs1             10001013  zknh
sha256sum1  rd,rs1             10101013  zknh
sha512sig0  rd,rs1             10601013  zknh&rv64
sha512sig1  rd,rs1             10701013  zknh&rv64
sha512sum0  rd,rs1             10401013  zknh&rv64
sha512sum1  rd,rs1             10501013  zknh&rv64
sha512sig0h rd,rs1,rs2         5c000033  zknh&rv32
sha512sig0l rd,rs1,rs2         54000033  zknh&rv32
sha512sig1h rd,rs1,rs2         5e000033  zknh&rv32
sha512sig1l rd,rs1,rs2         56000033  zknh&rv32
sha512sum0r rd,rs1,rs2         50000033  zknh&rv32
sha512sum1r rd,rs1,rs2         52000033  zknh&rv32
sm3p0       rd,rs1             10801013  zksh
sm3p1       rd,rs1             10901013  zksh
sm4ed       rd,rs1,rs2,bs      30000033  zksed
sm4ks       rd,rs1,rs2,bs      34000033  zksed
# Load-reserved, store-conditional (A); the read-modify-write instructions are made from AMO below
lr.w        rd,(rs1)           1000202f  a
sc.w        rd,rs2,(rs1)       1800202f  a
lr.d        rd,(rs1)           1000302f  a&rv64
sc.d        rd,rs2,(rs1)       1800302f  a&rv64
"""

# Mnemonic and funct5 << 27; each comes as .w and .d.
AMO: Final = (
    ("amoadd", 0x00000000), ("amoswap", 0x08000000), ("amoxor", 0x20000000), ("amoand", 0x60000000), ("amoor", 0x40000000),
    ("amomin", 0x80000000), ("amomax", 0xA0000000), ("amominu", 0xC0000000), ("amomaxu", 0xE0000000),
)

FLOAT: Final = """
# {f} stands for the format letter, loads and stores have fixed ones
flh         fd,off(rs1)        00001007  zfhmin
flw         fd,off(rs1)        00002007  f
fld         fd,off(rs1)        00003007  d
flq         fd,off(rs1)        00004007  q
fsh         fs2,soff(rs1)      00001027  zfhmin
fsw         fs2,soff(rs1)      00002027  f
fsd         fs2,soff(rs1)      00003027  d
fsq         fs2,soff(rs1)      00004027  q
# moves and conversions between widths
fmv.x.h     rd,fs1             e4000053  zfhmin
fmv.h.x     fd,rs1             f4000053  zfhmin
fmv.x.w     rd,fs1             e0000053  f
fmv.w.x     fd,rs1             f0000053  f
fmv.x.s     rd,fs1             e0000053  f =fmv.x.w
fmv.s.x     fd,rs1             f0000053  f =fmv.w.x
fmv.x.d     rd,fs1             e2000053  d&rv64
fmv.d.x     fd,rs1             f2000053  d&rv64
fcvt.s.d    fd,fs1,?rm         40100053  d
fcvt.d.s    fd,fs1             42000053  d
fcvt.s.q    fd,fs1,?rm         40300053  q
fcvt.q.s    fd,fs1             46000053  q
fcvt.d.q    fd,fs1,?rm         42300053  q
fcvt.q.d    fd,fs1             46100053  q
fcvt.h.s    fd,fs1,?rm         44000053  zfhmin
fcvt.s.h    fd,fs1             40200053  zfhmin
fcvt.h.d    fd,fs1,?rm         44100053  zfhmin&d
fcvt.d.h    fd,fs1             42200053  zfhmin&d
fcvt.h.q    fd,fs1,?rm         44300053  zfhmin&q
fcvt.q.h    fd,fs1             46200053  zfhmin&q
# control and status
frcsr       rd                 00302073  f|zfhmin =csrrs
frsr        rd                 00302073  f|zfhmin =csrrs
fscsr       rs1                00301073  f|zfhmin =csrrw
fscsr       rd,rs1             00301073  f|zfhmin =csrrw
fssr        rs1                00301073  f|zfhmin =csrrw
fssr        rd,rs1             00301073  f|zfhmin =csrrw
frrm        rd                 00202073  f|zfhmin =csrrs
fsrm        rs1                00201073  f|zfhmin =csrrw
fsrm        rd,rs1             00201073  f|zfhmin =csrrw
fsrmi       zimm5              00205073  f|zfhmin =csrrwi
fsrmi       rd,zimm5           00205073  f|zfhmin =csrrwi
frflags     rd                 00102073  f|zfhmin =csrrs
fsflags     rs1                00101073  f|zfhmin =csrrw
fsflags     rd,rs1             00101073  f|zfhmin =csrrw
fsflagsi    zimm5              00105073  f|zfhmin =csrrwi
fsflagsi    rd,zimm5           00105073  f|zfhmin =csrrwi
"""

# One line an operation of every format: `.{f}` becomes .s, .d, .h, .q with the format bits added.
FLOAT_EACH: Final = """
fadd.{f}    fd,fs1,fs2,?rm     00000053
fsub.{f}    fd,fs1,fs2,?rm     08000053
fmul.{f}    fd,fs1,fs2,?rm     10000053
fdiv.{f}    fd,fs1,fs2,?rm     18000053
fsqrt.{f}   fd,fs1,?rm         58000053
fsgnj.{f}   fd,fs1,fs2         20000053
fsgnjn.{f}  fd,fs1,fs2         20001053
fsgnjx.{f}  fd,fs1,fs2         20002053
fmin.{f}    fd,fs1,fs2         28000053
fmax.{f}    fd,fs1,fs2         28001053
fmadd.{f}   fd,fs1,fs2,fs3,?rm 00000043
fmsub.{f}   fd,fs1,fs2,fs3,?rm 00000047
fnmsub.{f}  fd,fs1,fs2,fs3,?rm 0000004b
fnmadd.{f}  fd,fs1,fs2,fs3,?rm 0000004f
fcvt.w.{f}  rd,fs1,?rm         c0000053
fcvt.wu.{f} rd,fs1,?rm         c0100053
fcvt.l.{f}  rd,fs1,?rm         c0200053  rv64
fcvt.lu.{f} rd,fs1,?rm         c0300053  rv64
fcvt.{f}.w  fd,rs1,?rm         d0000053
fcvt.{f}.wu fd,rs1,?rm         d0100053
fcvt.{f}.l  fd,rs1,?rm         d0200053  rv64
fcvt.{f}.lu fd,rs1,?rm         d0300053  rv64
fle.{f}     rd,fs1,fs2         a0000053
flt.{f}     rd,fs1,fs2         a0001053
feq.{f}     rd,fs1,fs2         a0002053
fge.{f}     rd,fs2,fs1         a0000053  =fle
fgt.{f}     rd,fs2,fs1         a0001053  =flt
fclass.{f}  rd,fs1             e0001053
fmv.{f}     fd,fs12            20000053  =fsgnj
fneg.{f}    fd,fs12            20001053  =fsgnjn
fabs.{f}    fd,fs12            20002053  =fsgnjx
"""

# Compressed forms by name; the assembler chooses them for the plain names by itself.
COMPRESSED: Final = """
c.nop       -                  0001      c
c.nop       cnopimm            0001      c
c.unimp     -                  0000      c
c.ebreak    -                  9002      c
c.jr        rs1nz              8002      c
c.jalr      rs1nz              9002      c
c.j         cjoff              a001      c
c.jal       cjoff              2001      c&rv32
c.beqz      rs1c,cboff         c001      c
c.bnez      rs1c,cboff         e001      c
c.lwsp      rdnz,clwsp(sp)     4002      c
c.lw        rs2c,clw(rs1c)     4000      c
c.swsp      crs2,cswsp(sp)     c002      c
c.sw        rs2c,clw(rs1c)     c000      c
c.ldsp      rdnz,cldsp(sp)     6002      c&rv64
c.ld        rs2c,cld(rs1c)     6000      c&rv64
c.sdsp      crs2,csdsp(sp)     e002      c&rv64
c.sd        rs2c,cld(rs1c)     e000      c&rv64
c.fldsp     fd,cldsp(sp)       2002      c&d
c.fld       fs2c,cld(rs1c)     2000      c&d
c.fsdsp     cfs2,csdsp(sp)     a002      c&d
c.fsd       fs2c,cld(rs1c)     a000      c&d
c.flwsp     fd,clwsp(sp)       6002      c&f&rv32
c.flw       fs2c,clw(rs1c)     6000      c&f&rv32
c.fswsp     cfs2,cswsp(sp)     e002      c&f&rv32
c.fsw       fs2c,clw(rs1c)     e000      c&f&rv32
c.li        rd,cimm            4001      c
c.lui       rdlui,clui         6001      c
c.addi      rd,cimmnz          0001      c
c.addi      rd,zero            0001      c
c.addiw     rdnz,cimm          2001      c&rv64
c.addi16sp  sp,caddi16sp       6101      c
c.addi4spn  rs2c,sp,caddi4spn  0000      c
c.slli      rd,cshamt          0002      c
c.slli64    rd                 0002      c
c.srli      rs1c,cshamt        8001      c
c.srli64    rs1c               8001      c
c.srai      rs1c,cshamt        8401      c
c.srai64    rs1c               8401      c
c.andi      rs1c,cimm          8801      c
c.mv        rd,crs2nz          8002      c
c.add       rd,crs2nz          9002      c
c.and       rs1c,rs2c          8c61      c
c.or        rs1c,rs2c          8c41      c
c.xor       rs1c,rs2c          8c21      c
c.sub       rs1c,rs2c          8c01      c
c.addw      rs1c,rs2c          9c21      c&rv64
c.subw      rs1c,rs2c          9c01      c&rv64
"""

# Several instructions under one name; `size` is what they take at least.
MACROS: Final = """
li          rd,const           0         i
la          rd,address         0         i
lla         rd,address         0         i
lga         rd,address         0         i
la.tls.gd   rd,address         0         i
la.tls.ie   rd,address         0         i
call        address            0         i
call        rd,address         0         i
tail        address            0         i
jump        address,rs1        0         i
lb          rd,address         0         i
lbu         rd,address         0         i
lh          rd,address         0         i
lhu         rd,address         0         i
lw          rd,address         0         i
lwu         rd,address         0         i&rv64
ld          rd,address         0         i&rv64
flh         fd,address,rs1     0         zfhmin
flw         fd,address,rs1     0         f
fld         fd,address,rs1     0         d
flq         fd,address,rs1     0         q
sb          rs2,address,rs1    0         i
sh          rs2,address,rs1    0         i
sw          rs2,address,rs1    0         i
sd          rs2,address,rs1    0         i&rv64
fsh         fs2,address,rs1    0         zfhmin
fsw         fs2,address,rs1    0         f
fsd         fs2,address,rs1    0         d
fsq         fs2,address,rs1    0         q
sext.b      rd,rs1             0         i
sext.h      rd,rs1             0         i
zext.h      rd,rs1             0         i
zext.w      rd,rs1             0         i&rv64
"""
