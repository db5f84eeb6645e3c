"""Integer and system instructions, in the notation of the Intel SDM's opcode map (volume 2, appendix A).

One line an instruction form: `mnemonic operands | opcode | attributes`.  Operands stand in Intel's
order, destination first.  Letters of place: E modrm.rm register or memory, M memory only, R modrm.rm
register only, G modrm.reg, Z register in the opcode, I immediate (sI: one sign-extended byte), J
relative target, O absolute offset, S segment register, C D control and debug registers.  Letters of
size: b w l q (8 16 32 64), v one row each for 16 32 64, y for 32 64, z immediate of 16 or 32 bits as the
operand, (none) memory without size.  Others are fixed registers or numbers.

The opcode is hexadecimal with `/0`..`/7` or `/r`; a mandatory prefix stands first (66 F2 F3).
Attributes: `s=x` suffix of the AT&T name (`s=` none; default: the size letter), `d64` operand size is 64 in
64-bit mode without REX.W, `no64`/`only64`, `W` REX.W always, `lock` may be locked, `p=` mode of a 16-bit
prefix (`p=0`: no operand size prefix).  Where two forms fit, the first is taken: order is GNU as's choice.
"""
from __future__ import annotations

from typing import Final

ARITH: Final = ("add", "or", "adc", "sbb", "and", "sub", "xor", "cmp")
SHIFTS: Final = ("rol", "ror", "rcl", "rcr", "shl", "shr", "", "sar")
CONDITIONS: Final = (("o",), ("no",), ("b", "c", "nae"), ("ae", "nb", "nc"), ("e", "z"), ("ne", "nz"), ("be", "na"), ("a", "nbe"),
                     ("s",), ("ns",), ("p", "pe"), ("np", "po"), ("l", "nge"), ("ge", "nl"), ("le", "ng"), ("g", "nle"))


def _arith() -> str:
    lines: list[str] = []
    for i, name in enumerate(ARITH):
        base = i * 8
        lines += [
            f"{name} Eb,Gb | {base:02X} /r |", f"{name} Ev,Gv | {base + 1:02X} /r |",
            f"{name} Gb,Eb | {base + 2:02X} /r |", f"{name} Gv,Ev | {base + 3:02X} /r |",
            f"{name} Ev,sIb | 83 /{i} |", f"{name} AL,Ib | {base + 4:02X} |", f"{name} Eb,Ib | 80 /{i} |",
            f"{name} rAX,Iz | {base + 5:02X} |", f"{name} Ev,Iz | 81 /{i} |",
        ]
    return "\n".join(lines)


def _shifts() -> str:
    lines: list[str] = []
    for i, name in enumerate(SHIFTS):
        for spelling in ([name, "sal"] if name == "shl" else [name] if name else []):
            lines += [
                f"{spelling} Eb,1 | D0 /{i} |", f"{spelling} Ev,1 | D1 /{i} |", f"{spelling} Eb,CL | D2 /{i} |", f"{spelling} Ev,CL | D3 /{i} |",
                f"{spelling} Eb,Ib | C0 /{i} |", f"{spelling} Ev,Ib | C1 /{i} |",
                f"{spelling} Eb | D0 /{i} |", f"{spelling} Ev | D1 /{i} |",
            ]
    return "\n".join(lines)


def _conditions() -> str:
    lines: list[str] = []
    for i, names in enumerate(CONDITIONS):
        for n in names:
            lines += [f"j{n} Jz | 0F {0x80 + i:02X} | s= branch", f"set{n} Eb | 0F {0x90 + i:02X} /0 | s=", f"cmov{n} Gv,Ev | 0F {0x40 + i:02X} /r |",
                      f"set{n}b Eb | 0F {0x90 + i:02X} /0 | s= alias"]
    return "\n".join(lines)


BASE: Final = """
mov AL,Ob | A0 | no64
mov rAX,Ov | A1 | no64
mov Ob,AL | A2 | no64
mov Ov,rAX | A3 | no64
mov Eb,Gb | 88 /r |
mov Ev,Gv | 89 /r |
mov Gb,Eb | 8A /r |
mov Gv,Ev | 8B /r |
mov Zb,Ib | B0 |
mov Zw,Iw | B8 |
mov Zl,Il | B8 |
mov Rq,sIl | C7 /0 |
mov Eb,Ib | C6 /0 |
mov Mw,Iw | C7 /0 |
mov Ml,Il | C7 /0 |
mov Mq,sIl | C7 /0 |
mov Zq,Iq | B8 |
mov Rw,S | 8C /r |
mov Rl,S | 8C /r |
mov Rq,S | 8C /r | noW only64
mov Mw,S | 8C /r | p=0
mov S,Rw | 8E /r | p=0
mov S,Rl | 8E /r | p=0
mov S,Rq | 8E /r | p=0 noW
mov S,Mw | 8E /r | p=0
mov Rq,C | 0F 20 /r | only64 noW
mov Rl,C | 0F 20 /r | no64 noW
mov C,Rq | 0F 22 /r | only64 noW
mov C,Rl | 0F 22 /r | no64 noW
mov Rq,D | 0F 21 /r | only64 noW
mov Rl,D | 0F 21 /r | no64 noW
mov D,Rq | 0F 23 /r | only64 noW
mov D,Rl | 0F 23 /r | no64 noW
movabs AL,Ob | A0 |
movabs rAX,Ov | A1 |
movabs Ob,AL | A2 |
movabs Ov,rAX | A3 |
movabs Zq,Iq | B8 |
movsb Gw,Eb | 0F BE /r |
movsb Gl,Eb | 0F BE /r |
movsb Gq,Eb | 0F BE /r |
movsw Gl,Ew | 0F BF /r |
movsw Gq,Ew | 0F BF /r |
movsl Gq,El | 63 /r |
movsx Gw,Rb | 0F BE /r | s= alias
movsx Gl,Rb | 0F BE /r | s= alias
movsx Gq,Rb | 0F BE /r | s= alias
movsx Gl,Rw | 0F BF /r | s= alias
movsx Gq,Rw | 0F BF /r | s= alias
movsx Gq,Rl | 63 /r | s= alias
movsx Gw,Mb | 0F BE /r | s= alias
movsx Gl,Mb | 0F BE /r | s= alias
movsx Gq,Mb | 0F BE /r | s= alias
movsxd Gq,El | 63 /r | s= alias
movzb Gw,Eb | 0F B6 /r |
movzb Gl,Eb | 0F B6 /r |
movzb Gq,Eb | 0F B6 /r |
movzw Gl,Ew | 0F B7 /r |
movzw Gq,Ew | 0F B7 /r |
movzx Gw,Rb | 0F B6 /r | s= alias
movzx Gl,Rb | 0F B6 /r | s= alias
movzx Gq,Rb | 0F B6 /r | s= alias
movzx Gl,Rw | 0F B7 /r | s= alias
movzx Gq,Rw | 0F B7 /r | s= alias
movzx Gw,Mb | 0F B6 /r | s= alias
movzx Gl,Mb | 0F B6 /r | s= alias
movzx Gq,Mb | 0F B6 /r | s= alias
push Zw | 50 |
push Zl | 50 | no64
push Zq | 50 | d64
push sIb | 6A | s=q d64 only64
push sIb | 6A | s=l no64 o32
push sIb | 6A | s=w o16
push Iz32 | 68 | s=q d64 only64
push Iz32 | 68 | s=l no64 o32
push Iw | 68 | s=w o16
push Mw | FF /6 |
push Ml | FF /6 | no64
push Mq | FF /6 | d64
push CS | 0E | s=l no64 o32
push SS | 16 | s=l no64 o32
push DS | 1E | s=l no64 o32
push ES | 06 | s=l no64 o32
push FS | 0F A0 | s=q d64 p=0
push GS | 0F A8 | s=q d64 p=0
push FS | 0F A0 | s=l no64 o32
push GS | 0F A8 | s=l no64 o32
push CS | 0E | s=w no64 o16
push SS | 16 | s=w no64 o16
push DS | 1E | s=w no64 o16
push ES | 06 | s=w no64 o16
push FS | 0F A0 | s=w o16
push GS | 0F A8 | s=w o16
pop Zw | 58 |
pop Zl | 58 | no64
pop Zq | 58 | d64
pop Mw | 8F /0 |
pop Ml | 8F /0 | no64
pop Mq | 8F /0 | d64
pop SS | 17 | s=l no64 o32
pop DS | 1F | s=l no64 o32
pop ES | 07 | s=l no64 o32
pop FS | 0F A1 | s=q d64 p=0
pop GS | 0F A9 | s=q d64 p=0
pop FS | 0F A1 | s=l no64 o32
pop GS | 0F A9 | s=l no64 o32
pop SS | 17 | s=w no64 o16
pop DS | 1F | s=w no64 o16
pop ES | 07 | s=w no64 o16
pop FS | 0F A1 | s=w o16
pop GS | 0F A9 | s=w o16
pusha | 60 | s= no64 p=0
pushal | 60 | s= no64 o32
pushaw | 60 | s= no64 o16
popa | 61 | s= no64 p=0
popal | 61 | s= no64 o32
popaw | 61 | s= no64 o16
pushf | 9C | s= p=0
pushfw | 9C | s= o16
pushfl | 9C | s= no64 o32
pushfq | 9C | s= only64 p=0
popf | 9D | s= p=0
popfw | 9D | s= o16
popfl | 9D | s= no64 o32
popfq | 9D | s= only64 p=0
test Eb,Gb | 84 /r |
test Ev,Gv | 85 /r |
test Gb,Mb | 84 /r | swap
test Gv,Mv | 85 /r | swap
test AL,Ib | A8 |
test Eb,Ib | F6 /0 |
test rAX,Iz | A9 |
test Ev,Iz | F7 /0 |
xchg rAX,Zv | 90 |
xchg Zv,rAX | 90 |
xchg Eb,Gb | 86 /r | lock
xchg Ev,Gv | 87 /r | lock
xchg Gb,Mb | 86 /r | lock
xchg Gv,Mv | 87 /r | lock
lea Gv,M | 8D /r |
inc Zw | 40 | no64
inc Zl | 40 | no64
dec Zw | 48 | no64
dec Zl | 48 | no64
inc Eb | FE /0 | lock
inc Ev | FF /0 | lock
dec Eb | FE /1 | lock
dec Ev | FF /1 | lock
not Eb | F6 /2 | lock
not Ev | F7 /2 | lock
neg Eb | F6 /3 | lock
neg Ev | F7 /3 | lock
mul Eb | F6 /4 |
mul Ev | F7 /4 |
imul Eb | F6 /5 |
imul Ev | F7 /5 |
div Eb | F6 /6 |
div Ev | F7 /6 |
idiv Eb | F6 /7 |
idiv Ev | F7 /7 |
imul Gv,Ev | 0F AF /r |
imul Gv,Ev,sIb | 6B /r |
imul Gv,Ev,Iz | 69 /r |
imul Gv=,sIb | 6B /r |
imul Gv=,Iz | 69 /r |
shld Ev,Gv,Ib | 0F A4 /r |
shld Ev,Gv,CL | 0F A5 /r |
shld Ev,Gv | 0F A5 /r |
shrd Ev,Gv,Ib | 0F AC /r |
shrd Ev,Gv,CL | 0F AD /r |
shrd Ev,Gv | 0F AD /r |
bt Ev,Gv | 0F A3 /r |
bts Ev,Gv | 0F AB /r | lock
btr Ev,Gv | 0F B3 /r | lock
btc Ev,Gv | 0F BB /r | lock
bt Ev,Ib | 0F BA /4 |
bts Ev,Ib | 0F BA /5 | lock
btr Ev,Ib | 0F BA /6 | lock
btc Ev,Ib | 0F BA /7 | lock
bsf Gv,Ev | 0F BC /r |
bsr Gv,Ev | 0F BD /r |
tzcnt Gv,Ev | F3 0F BC /r |
lzcnt Gv,Ev | F3 0F BD /r |
popcnt Gv,Ev | F3 0F B8 /r |
bswap Zl | 0F C8 |
bswap Zq | 0F C8 |
xadd Eb,Gb | 0F C0 /r | lock
xadd Ev,Gv | 0F C1 /r | lock
cmpxchg Eb,Gb | 0F B0 /r | lock
cmpxchg Ev,Gv | 0F B1 /r | lock
cmpxchg8b Mq | 0F C7 /1 | s= lock noW
cmpxchg16b M | 0F C7 /1 | s= lock W
movnti Ml,Gl | 0F C3 /r |
movnti Mq,Gq | 0F C3 /r |
movbe Gv,Mv | 0F 38 F0 /r |
movbe Mv,Gv | 0F 38 F1 /r |
crc32 Gl,Eb | F2 0F 38 F0 /r | s=b
crc32 Gq,Eb | F2 0F 38 F0 /r | s=b
crc32 Gl,Ew | F2 0F 38 F1 /r | s=w o16
crc32 Gl,El | F2 0F 38 F1 /r | s=l
crc32 Gq,Eq | F2 0F 38 F1 /r | s=q
adcx Gl,El | 66 0F 38 F6 /r |
adcx Gq,Eq | 66 0F 38 F6 /r |
adox Gl,El | F3 0F 38 F6 /r |
adox Gq,Eq | F3 0F 38 F6 /r |
cbtw | 98 | s= o16
cwtl | 98 | s= o32
cltq | 98 | s= W only64
cwtd | 99 | s= o16
cltd | 99 | s= o32
cqto | 99 | s= W only64
cbw | 98 | s= o16 alias
cwde | 98 | s= o32 alias
cdqe | 98 | s= W only64 alias
cwd | 99 | s= o16 alias
cdq | 99 | s= o32 alias
cqo | 99 | s= W only64 alias
jmp Jz | E9 | s= jump
jmp *Rw | FF /4 | s=w jump
jmp *Rl | FF /4 | s=l no64 jump
jmp *Rq | FF /4 | s=q d64 only64 jump
jmp *Mw | FF /4 | s=w jump
jmp *Ml | FF /4 | s=l no64 jump
jmp *Mq | FF /4 | s=q d64 only64 jump
call Jn | E8 | s= call
call *Rw | FF /2 | s=w call
call *Rl | FF /2 | s=l no64 call
call *Rq | FF /2 | s=q d64 only64 call
call *Mw | FF /2 | s=w call
call *Ml | FF /2 | s=l no64 call
call *Mq | FF /2 | s=q d64 only64 call
callw Jw | E8 | s= call o16
calll Jl | E8 | s= call no64 o32
callq Jl | E8 | s= call only64 p=0
jmpw Jw | E9 | s= jump o16
jmpl Jl | E9 | s= jump no64 o32
jmpq Jl | E9 | s= jump only64 p=0
ljmp Iw,Iw | EA | s=w no64 far o16
ljmp Iw,Il | EA | s=l no64 far o32
lcall Iw,Iw | 9A | s=w no64 far o16
lcall Iw,Il | 9A | s=l no64 far o32
ljmp *M | FF /5 | s=l o32
ljmp *M | FF /5 | s=w o16
lcall *M | FF /3 | s=l o32
lcall *M | FF /3 | s=w o16
ret | C3 | s= jump p=0
ret Iw | C2 | s= jump p=0
retw | C3 | s= jump o16
retw Iw | C2 | s= jump o16
retl | C3 | s= jump no64 o32
retl Iw | C2 | s= jump no64 o32
retq | C3 | s= jump only64 p=0
retq Iw | C2 | s= jump only64 p=0
lret | CB | s= jump p=0
lret Iw | CA | s= jump p=0
lretw | CB | s= jump o16
lretw Iw | CA | s= jump o16
lretl | CB | s= jump o32
lretl Iw | CA | s= jump o32
lretq | CB | s= jump W only64
lretq Iw | CA | s= jump W only64
iret | CF | s= jump p=0
iretw | CF | s= jump o16
iretl | CF | s= jump o32
iretq | CF | s= jump W only64
leave | C9 | s= p=0
leavew | C9 | s= o16
leavel | C9 | s= no64 o32
leaveq | C9 | s= only64 p=0
enter Iw,Ib | C8 | s= p=0
jcxz Jb | E3 | s= branch no64 a16
jecxz Jb | E3 | s= branch a32
jrcxz Jb | E3 | s= branch only64
loop Jb | E2 | s= branch
loope Jb | E1 | s= branch
loopz Jb | E1 | s= branch alias
loopne Jb | E0 | s= branch
loopnz Jb | E0 | s= branch alias
int Ib | CD | s=
int3 | CC | s=
into | CE | s= no64
int1 | F1 | s=
icebp | F1 | s= alias
syscall | 0F 05 | s=
sysret | 0F 07 | s=
sysretl | 0F 07 | s= alias
sysretq | 0F 07 | s= W only64
sysenter | 0F 34 | s=
sysexit | 0F 35 | s=
sysexitl | 0F 35 | s= alias
sysexitq | 0F 35 | s= W only64
nop | 90 | s=
nop Ev | 0F 1F /0 |
pause | F3 90 | s=
hlt | F4 | s= jump
ud2 | 0F 0B | s= jump
ud2a | 0F 0B | s= alias jump
ud1 Gv,Ev | 0F B9 /r |
ud0 Gv,Ev | 0F FF /r |
clc | F8 | s=
stc | F9 | s=
cli | FA | s=
sti | FB | s=
cld | FC | s=
std | FD | s=
cmc | F5 | s=
lahf | 9F | s=
sahf | 9E | s=
xlat | D7 | s=
xlatb | D7 | s= alias
aaa | 37 | s= no64
aas | 3F | s= no64
daa | 27 | s= no64
das | 2F | s= no64
aam | D4 0A | s= no64
aam Ib | D4 | s= no64
aad | D5 0A | s= no64
aad Ib | D5 | s= no64
salc | D6 | s= no64
bound Gw,M | 62 /r | no64
bound Gl,M | 62 /r | no64
arpl Ew,Gw | 63 /r | s= no64 p=0
in AL,Ib | E4 | s=b
in AX,Ib | E5 | s=w o16
in EAX,Ib | E5 | s=l o32
in AL,DX | EC | s=b
in AX,DX | ED | s=w o16
in EAX,DX | ED | s=l o32
out Ib,AL | E6 | s=b
out Ib,AX | E7 | s=w o16
out Ib,EAX | E7 | s=l o32
out DX,AL | EE | s=b
out DX,AX | EF | s=w o16
out DX,EAX | EF | s=l o32
insb | 6C | s=
insw | 6D | s= o16
insl | 6D | s= o32
outsb | 6E | s=
outsw | 6F | s= o16
outsl | 6F | s= o32
movsb | A4 | s=
movsw | A5 | s= o16
movsl | A5 | s= o32
movsq | A5 | s= W only64
cmpsb | A6 | s=
cmpsw | A7 | s= o16
cmpsl | A7 | s= o32
cmpsq | A7 | s= W only64
stosb | AA | s=
stosw | AB | s= o16
stosl | AB | s= o32
stosq | AB | s= W only64
lodsb | AC | s=
lodsw | AD | s= o16
lodsl | AD | s= o32
lodsq | AD | s= W only64
scasb | AE | s=
scasw | AF | s= o16
scasl | AF | s= o32
scasq | AF | s= W only64
lds Gw,M | C5 /r | no64
lds Gl,M | C5 /r | no64
les Gw,M | C4 /r | no64
les Gl,M | C4 /r | no64
lss Gv,M | 0F B2 /r |
lfs Gv,M | 0F B4 /r |
lgs Gv,M | 0F B5 /r |
lgdt M | 0F 01 /2 | s=
lidt M | 0F 01 /3 | s=
sgdt M | 0F 01 /0 | s=
sidt M | 0F 01 /1 | s=
lgdtl M | 0F 01 /2 | s= no64 o32
lidtl M | 0F 01 /3 | s= no64 o32
sgdtl M | 0F 01 /0 | s= no64 o32
sidtl M | 0F 01 /1 | s= no64 o32
sgdtw M | 0F 01 /0 | s= no64 o16
sidtw M | 0F 01 /1 | s= no64 o16
lgdtw M | 0F 01 /2 | s= no64 o16
lidtw M | 0F 01 /3 | s= no64 o16
lldt Rw | 0F 00 /2 | s= p=0
lldt Mw | 0F 00 /2 | s= p=0
ltr Rw | 0F 00 /3 | s= p=0
ltr Mw | 0F 00 /3 | s= p=0
sldt Rw | 0F 00 /0 |
sldt Rl | 0F 00 /0 |
sldt Rq | 0F 00 /0 | noW only64
sldt Mw | 0F 00 /0 | s= p=0
str Rw | 0F 00 /1 |
str Rl | 0F 00 /1 |
str Rq | 0F 00 /1 | noW only64
str Mw | 0F 00 /1 | s= p=0
verr Ew | 0F 00 /4 | s= p=0
verw Ew | 0F 00 /5 | s= p=0
lmsw Ew | 0F 01 /6 | s= p=0
smsw Rv | 0F 01 /4 |
smsw Mw | 0F 01 /4 | s= p=0
lar Gv,Ew | 0F 02 /r |
lsl Gv,Ew | 0F 03 /r |
lar Gl,Rl | 0F 02 /r |
lsl Gl,Rl | 0F 03 /r |
lar Gq,Rq | 0F 02 /r |
lsl Gq,Rq | 0F 03 /r |
invlpg M | 0F 01 /7 | s=
invpcid Gq,M | 66 0F 38 82 /r | s= only64 noW
invpcid Gl,M | 66 0F 38 82 /r | s= no64
invept Gq,M | 66 0F 38 80 /r | s= only64 noW
invvpid Gq,M | 66 0F 38 81 /r | s= only64 noW
clts | 0F 06 | s=
invd | 0F 08 | s=
wbinvd | 0F 09 | s=
wbnoinvd | F3 0F 09 | s=
wrmsr | 0F 30 | s=
rdtsc | 0F 31 | s=
rdmsr | 0F 32 | s=
rdpmc | 0F 33 | s=
rdtscp | 0F 01 F9 | s=
cpuid | 0F A2 | s=
rsm | 0F AA | s=
swapgs | 0F 01 F8 | s= only64
monitor | 0F 01 C8 | s=
mwait | 0F 01 C9 | s=
monitorx | 0F 01 FA | s=
mwaitx | 0F 01 FB | s=
clac | 0F 01 CA | s=
stac | 0F 01 CB | s=
encls | 0F 01 CF | s=
enclu | 0F 01 D7 | s=
xgetbv | 0F 01 D0 | s=
xsetbv | 0F 01 D1 | s=
rdpkru | 0F 01 EE | s=
wrpkru | 0F 01 EF | s=
vmcall | 0F 01 C1 | s=
vmlaunch | 0F 01 C2 | s=
vmresume | 0F 01 C3 | s=
vmxoff | 0F 01 C4 | s=
vmfunc | 0F 01 D4 | s=
vmrun | 0F 01 D8 | s=
vmmcall | 0F 01 D9 | s=
vmload | 0F 01 DA | s=
vmsave | 0F 01 DB | s=
stgi | 0F 01 DC | s=
clgi | 0F 01 DD | s=
vmread Eq,Gq | 0F 78 /r | s=q only64 noW
vmread El,Gl | 0F 78 /r | s=l no64
vmwrite Gq,Eq | 0F 79 /r | s=q only64 noW
vmwrite Gl,El | 0F 79 /r | s=l no64
vmptrld M | 0F C7 /6 | s=
vmptrst M | 0F C7 /7 | s=
vmclear M | 66 0F C7 /6 | s=
vmxon M | F3 0F C7 /6 | s=
xsave M | 0F AE /4 | s=
xsave64 M | 0F AE /4 | s= W only64
xrstor M | 0F AE /5 | s=
xrstor64 M | 0F AE /5 | s= W only64
xsaveopt M | 0F AE /6 | s=
xsaveopt64 M | 0F AE /6 | s= W only64
xsavec M | 0F C7 /4 | s=
xsavec64 M | 0F C7 /4 | s= W only64
xsaves M | 0F C7 /5 | s=
xsaves64 M | 0F C7 /5 | s= W only64
xrstors M | 0F C7 /3 | s=
xrstors64 M | 0F C7 /3 | s= W only64
fxsave M | 0F AE /0 | s=
fxsave64 M | 0F AE /0 | s= W only64
fxsaveq M | 0F AE /0 | s= W only64
fxrstorq M | 0F AE /1 | s= W only64
fxrstor M | 0F AE /1 | s=
fxrstor64 M | 0F AE /1 | s= W only64
ldmxcsr Ml | 0F AE /2 | s=
stmxcsr Ml | 0F AE /3 | s=
clflush M | 0F AE /7 | s=
clflushopt M | 66 0F AE /7 | s=
clwb M | 66 0F AE /6 | s=
cldemote M | 0F 1C /0 | s=
lfence | 0F AE E8 | s=
mfence | 0F AE F0 | s=
sfence | 0F AE F8 | s=
rdfsbase Rl | F3 0F AE /0 | s= only64
rdfsbase Rq | F3 0F AE /0 | s= only64
rdgsbase Rl | F3 0F AE /1 | s= only64
rdgsbase Rq | F3 0F AE /1 | s= only64
wrfsbase Rl | F3 0F AE /2 | s= only64
wrfsbase Rq | F3 0F AE /2 | s= only64
wrgsbase Rl | F3 0F AE /3 | s= only64
wrgsbase Rq | F3 0F AE /3 | s= only64
rdpid Rq | F3 0F C7 /7 | s= only64 noW
rdpid Rl | F3 0F C7 /7 | s= no64
rdrand Rv | 0F C7 /6 | s=
rdseed Rv | 0F C7 /7 | s=
prefetch M | 0F 0D /0 | s=
prefetchw M | 0F 0D /1 | s=
prefetchwt1 M | 0F 0D /2 | s=
prefetchnta M | 0F 18 /0 | s=
prefetcht0 M | 0F 18 /1 | s=
prefetcht1 M | 0F 18 /2 | s=
prefetcht2 M | 0F 18 /3 | s=
endbr64 | F3 0F 1E FA | s=
endbr32 | F3 0F 1E FB | s=
rdsspd Rl | F3 0F 1E /1 | s=
rdsspq Rq | F3 0F 1E /1 | s=
incsspd Rl | F3 0F AE /5 | s=
incsspq Rq | F3 0F AE /5 | s=
saveprevssp | F3 0F 01 EA | s=
rstorssp M | F3 0F 01 /5 | s=
setssbsy | F3 0F 01 E8 | s=
clrssbsy M | F3 0F AE /6 | s=
wrssd Ml,Gl | 0F 38 F6 /r | s=
wrssq Mq,Gq | 0F 38 F6 /r | s=
wrussd Ml,Gl | 66 0F 38 F5 /r | s=
wrussq Mq,Gq | 66 0F 38 F5 /r | s=
umonitor Rq | F3 0F AE /6 | s= only64 noW
umwait Rl | F2 0F AE /6 | s=
tpause Rl | 66 0F AE /6 | s=
serialize | 0F 01 E8 | s=
xsusldtrk | F2 0F 01 E8 | s=
xresldtrk | F2 0F 01 E9 | s=
uiret | F3 0F 01 EC | s= only64
testui | F3 0F 01 ED | s= only64
clui | F3 0F 01 EE | s= only64
stui | F3 0F 01 EF | s= only64
senduipi Rq | F3 0F C7 /6 | s= only64 noW
psmash | F3 0F 01 FF | s= only64
pvalidate | F2 0F 01 FF | s=
rmpupdate | F2 0F 01 FE | s= only64
rmpadjust | F3 0F 01 FE | s= only64
invlpgb | 0F 01 FE | s=
tlbsync | 0F 01 FF | s=
tdcall | 66 0F 01 CC | s=
seamret | 66 0F 01 CD | s= only64
seamops | 66 0F 01 CE | s= only64
seamcall | 66 0F 01 CF | s= only64
invlpga | 0F 01 DF | s=
skinit | 0F 01 DE | s=
clzero | 0F 01 FC | s=
mcommit | F3 0F 01 FA | s=
rdpru | 0F 01 FD | s=
getsec | 0F 37 | s=
enclv | 0F 01 C0 | s=
wrmsrns | 0F 01 C6 | s=
rdmsrlist | F2 0F 01 C6 | s= only64
wrmsrlist | F3 0F 01 C6 | s= only64
ptwrite Ey | F3 0F AE /4 |
hreset Ib | F3 0F 3A F0 =C0 | s=
hreset Ib | F3 0F 3A F0 C0 | s=
xbegin Jz | C7 F8 | s=
xend | 0F 01 D5 | s=
xtest | 0F 01 D6 | s=
xabort Ib | C6 F8 | s=
movdiri Ml,Gl | 0F 38 F9 /r | s=
movdiri Mq,Gq | 0F 38 F9 /r | s=
movdir64b Gq,M | 66 0F 38 F8 /r | s= only64 noW
enqcmd Gq,M | F2 0F 38 F8 /r | s= only64 noW
enqcmds Gq,M | F3 0F 38 F8 /r | s= only64 noW
pconfig | 0F 01 C5 | s=
lock | F0 | s=
rep | F3 | s=
repe | F3 | s= alias
repz | F3 | s= alias
repne | F2 | s=
repnz | F2 | s= alias
data16 | 66 | s=
data32 | 66 | s= alias
addr16 | 67 | s=
addr32 | 67 | s= alias
bnd | F2 | s= alias
notrack | 3E | s= alias
xacquire | F2 | s= alias
xrelease | F3 | s= alias
andn Gy,By,Ey | VEX.0.NP.0F38 F2 /r | s=
bextr Gy,Ey,By | VEX.0.NP.0F38 F7 /r | s=
shlx Gy,Ey,By | VEX.0.66.0F38 F7 /r | s=
sarx Gy,Ey,By | VEX.0.F3.0F38 F7 /r | s=
shrx Gy,Ey,By | VEX.0.F2.0F38 F7 /r | s=
blsr By,Ey | VEX.0.NP.0F38 F3 /1 | s=
blsmsk By,Ey | VEX.0.NP.0F38 F3 /2 | s=
blsi By,Ey | VEX.0.NP.0F38 F3 /3 | s=
bzhi Gy,Ey,By | VEX.0.NP.0F38 F5 /r | s=
pdep Gy,By,Ey | VEX.0.F2.0F38 F5 /r | s=
pext Gy,By,Ey | VEX.0.F3.0F38 F5 /r | s=
mulx Gy,By,Ey | VEX.0.F2.0F38 F6 /r | s=
rorx Gy,Ey,Ib | VEX.0.F2.0F3A F0 /r | s=
"""

_BMI: Final = ("andn", "bextr", "shlx", "sarx", "shrx", "blsr", "blsmsk", "blsi", "bzhi", "pdep", "pext", "mulx", "rorx")


def _suffixed() -> str:
    """The BMI instructions with a size letter, which GNU as takes and does not write."""
    rows = [line for line in BASE.splitlines() if line.split(" ", 1)[0] in _BMI]
    return "\n".join(row.replace("| s=", "| alias") for row in rows)


TABLE: Final = _arith() + "\n" + BASE + _suffixed() + "\n" + _shifts() + "\n" + _conditions()
