"""MMX, SSE to SSE4.2, AES, SHA, AVX, AVX2, FMA, F16C (Intel SDM volume 2), in the notation of `table_base`.

Letters beside those: V xmm in modrm.reg, W xmm register or memory, U xmm register in modrm.rm, H register in
VEX.vvvv, L register in the immediate's top half, T memory indexed by a vector (VSIB), P/Q/N the same places for mmx.  The size after W or Q is
that of the memory form (l q; o: 16 bytes; x: the row's whole register).  In VEX lines x stands for two rows, 128 and 256 bit, unless a
lower-case `128`/`256` attribute says one.  `back=` is the opcode of the other
direction, taken between registers where it makes the two-byte VEX prefix possible.  EVEX would be a third prefix kind beside legacy and VEX.
"""
from __future__ import annotations

from typing import Final

# name: prefix-less two-operand packed/scalar arithmetic: opcode, forms among ps pd ss sd.
_ARITH: Final = (("add", "58"), ("mul", "59"), ("sub", "5C"), ("min", "5D"), ("div", "5E"), ("max", "5F"))
_LOGIC: Final = (("and", "54"), ("andn", "55"), ("or", "56"), ("xor", "57"), ("unpckl", "14"), ("unpckh", "15"))
_PREFIX: Final = {"ps": "", "pd": "66 ", "ss": "F3 ", "sd": "F2 "}
_PP: Final = {"ps": "NP", "pd": "66", "ss": "F3", "sd": "F2"}
_MEM: Final = {"ps": "x", "pd": "x", "ss": "l", "sd": "q"}
_COMPARES: Final = ("eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord", "eq_uq", "nge", "ngt", "false", "neq_oq", "ge", "gt", "true", "eq_os", "lt_oq",
                    "le_oq", "unord_s", "neq_us", "nlt_uq", "nle_uq", "ord_s", "eq_us", "nge_uq", "ngt_uq", "false_os", "neq_os", "ge_oq",
                    "gt_oq", "true_us")

# MMX/SSE2 integer: opcode in map 0F; `m` also has an MMX form.
_INTEGER: Final = """
punpcklbw 60 m
punpcklwd 61 m
punpckldq 62 m
packsswb 63 m
pcmpgtb 64 m
pcmpgtw 65 m
pcmpgtd 66 m
packuswb 67 m
punpckhbw 68 m
punpckhwd 69 m
punpckhdq 6A m
packssdw 6B m
punpcklqdq 6C
punpckhqdq 6D
pcmpeqb 74 m
pcmpeqw 75 m
pcmpeqd 76 m
paddq D4 m
pmullw D5 m
psubusb D8 m
psubusw D9 m
pminub DA m
pand DB m
paddusb DC m
paddusw DD m
pmaxub DE m
pandn DF m
pavgb E0 m
pavgw E3 m
pmulhuw E4 m
pmulhw E5 m
psubsb E8 m
psubsw E9 m
pminsw EA m
por EB m
paddsb EC m
paddsw ED m
pmaxsw EE m
pxor EF m
pmuludq F4 m
pmaddwd F5 m
psadbw F6 m
psubb F8 m
psubw F9 m
psubd FA m
psubq FB m
paddb FC m
paddw FD m
paddd FE m
"""
_INTEGER38: Final = """
pshufb 00 m
phaddw 01 m
phaddd 02 m
phaddsw 03 m
pmaddubsw 04 m
phsubw 05 m
phsubd 06 m
phsubsw 07 m
psignb 08 m
psignw 09 m
psignd 0A m
pmulhrsw 0B m
pmuldq 28
pcmpeqq 29
packusdw 2B
pcmpgtq 37
pminsb 38
pminsd 39
pminuw 3A
pminud 3B
pmaxsb 3C
pmaxsd 3D
pmaxuw 3E
pmaxud 3F
pmulld 40
aesenc DC
aesenclast DD
aesdec DE
aesdeclast DF
"""
_UNARY38: Final = (("pabsb", "1C", 1), ("pabsw", "1D", 1), ("pabsd", "1E", 1), ("ptest", "17", 0), ("phminposuw", "41", 2), ("aesimc", "DB", 2))
_EXTEND: Final = (("pmovsxbw", "20", "q"), ("pmovsxbd", "21", "l"), ("pmovsxbq", "22", "w"), ("pmovsxwd", "23", "q"), ("pmovsxwq", "24", "l"),
                  ("pmovsxdq", "25", "q"), ("pmovzxbw", "30", "q"), ("pmovzxbd", "31", "l"), ("pmovzxbq", "32", "w"), ("pmovzxwd", "33", "q"),
                  ("pmovzxwq", "34", "l"), ("pmovzxdq", "35", "q"))
_SHIFTS: Final = (("psrlw", "D1", "71", 2), ("psrld", "D2", "72", 2), ("psrlq", "D3", "73", 2), ("psraw", "E1", "71", 4), ("psrad", "E2", "72", 4),
                  ("psllw", "F1", "71", 6), ("pslld", "F2", "72", 6), ("psllq", "F3", "73", 6))
_IMM3A: Final = (("roundps", "08", "x", 0), ("roundpd", "09", "x", 0), ("roundss", "0A", "l", 1), ("roundsd", "0B", "q", 1), ("blendps", "0C", "x", 1),
                 ("blendpd", "0D", "x", 1), ("pblendw", "0E", "x", 1), ("palignr", "0F", "x", 1), ("dpps", "40", "x", 1), ("dppd", "41", "x", 3),
                 ("mpsadbw", "42", "x", 1), ("pclmulqdq", "44", "x", 1), ("pcmpestrm", "60", "x", 2), ("pcmpestri", "61", "x", 2),
                 ("pcmpistrm", "62", "x", 2), ("pcmpistri", "63", "x", 2), ("aeskeygenassist", "DF", "x", 2))
_FMA: Final = (("fmaddsub", 6, "p"), ("fmsubadd", 7, "p"), ("fmadd", 8, "ps"), ("fmsub", 0xA, "ps"), ("fnmadd", 0xC, "ps"), ("fnmsub", 0xE, "ps"))


def _floating() -> list[str]:
    out: list[str] = []
    for name, op in _ARITH:
        for t in ("ps", "pd", "ss", "sd"):
            out.append(f"{name}{t} V,W{_MEM[t]} | {_PREFIX[t]}0F {op} /r |")
            x = "x" if t[0] == "p" else ""
            out.append(f"v{name}{t} V{x},H{x},W{_MEM[t]} | VEX.{'x' if x else '0'}.{_PP[t]}.0F {op} /r |")
    for name, op in _LOGIC:
        for t in ("ps", "pd"):
            out.append(f"{name}{t} V,Wx | {_PREFIX[t]}0F {op} /r |")
            out.append(f"v{name}{t} Vx,Hx,Wx | VEX.x.{_PP[t]}.0F {op} /r |")
    for t in ("ps", "pd", "ss", "sd"):
        x = "x" if t[0] == "p" else ""
        out.append(f"sqrt{t} V,W{_MEM[t]} | {_PREFIX[t]}0F 51 /r |")
        out.append(f"vsqrt{t} Vx,Wx | VEX.x.{_PP[t]}.0F 51 /r |" if x else f"vsqrt{t} V,H,W{_MEM[t]} | VEX.0.{_PP[t]}.0F 51 /r |")
        for i, c in enumerate(_COMPARES):
            if i < 8:
                out.append(f"cmp{c}{t} V,W{_MEM[t]} | {_PREFIX[t]}0F C2 /r ={i:02X} |")
            out.append(f"vcmp{c}{t} V{x},H{x},W{_MEM[t]} | VEX.{'x' if x else '0'}.{_PP[t]}.0F C2 /r ={i:02X} |")
        out.append(f"cmp{t} V,W{_MEM[t]},Ib | {_PREFIX[t]}0F C2 /r |")
        out.append(f"vcmp{t} V{x},H{x},W{_MEM[t]},Ib | VEX.{'x' if x else '0'}.{_PP[t]}.0F C2 /r |")
    for t in ("ps", "ss"):
        for name, op in (("rsqrt", "52"), ("rcp", "53")):
            out.append(f"{name}{t} V,W{_MEM[t]} | {_PREFIX[t]}0F {op} /r |")
            out.append(f"v{name}{t} Vx,Wx | VEX.x.NP.0F {op} /r |" if t == "ps" else f"v{name}ss V,H,Wl | VEX.0.F3.0F {op} /r |")
    for name, op in (("ucomis", "2E"), ("comis", "2F")):
        out += [f"{name}s V,Wl | 0F {op} /r |", f"{name}d V,Wq | 66 0F {op} /r |", f"v{name}s V,Wl | VEX.0.NP.0F {op} /r |", f"v{name}d V,Wq | VEX.0.66.0F {op} /r |"]
    for name, op, pps in (("addsub", "D0", (("ps", "F2"), ("pd", "66"))), ("hadd", "7C", (("ps", "F2"), ("pd", "66"))), ("hsub", "7D", (("ps", "F2"), ("pd", "66")))):
        for t, p in pps:
            out += [f"{name}{t} V,Wx | {p} 0F {op} /r |", f"v{name}{t} Vx,Hx,Wx | VEX.x.{p}.0F {op} /r |"]
    return out


def _integer() -> list[str]:
    out: list[str] = []
    for table, legacy, vex in ((_INTEGER, "0F", "0F"), (_INTEGER38, "0F 38", "0F38")):
        for line in table.split("\n"):
            f = line.split()
            if not f:
                continue
            if len(f) == 3:
                out.append(f"{f[0]} P,Q{'l' if f[0].startswith('punpckl') else 'q'} | {legacy} {f[1]} /r |")
            out.append(f"{f[0]} V,Wx | 66 {legacy} {f[1]} /r |")
            out.append(f"v{f[0]} Vx,Hx,Wx | VEX.x.66.{vex} {f[1]} /r |")
    for name, op, kind in _UNARY38:
        if kind == 1:
            out.append(f"{name} P,Qq | 0F 38 {op} /r |")
        out.append(f"{name} V,Wx | 66 0F 38 {op} /r |")
        out.append(f"v{name} V,Wx | VEX.0.66.0F38 {op} /r |" if kind == 2 else f"v{name} Vx,Wx | VEX.x.66.0F38 {op} /r |")
    for name, op, size in _EXTEND:
        out += [f"{name} V,W{size} | 66 0F 38 {op} /r |", f"v{name} V,W{size} | VEX.0.66.0F38 {op} /r |"]
        double = {"w": "l", "l": "q", "q": "o"}[size]
        out.append(f"v{name} Y,W{double} | VEX.256.66.0F38 {op} /r |")
    for name, op, group, extension in _SHIFTS:
        out += [f"{name} P,Qq | 0F {op} /r |", f"{name} V,Wx | 66 0F {op} /r |", f"{name} N,Ib | 0F {group} /{extension} |", f"{name} U,Ib | 66 0F {group} /{extension} |",
                f"v{name} V,H,Wx | VEX.0.66.0F {op} /r |", f"v{name} Y,HY,Wo | VEX.256.66.0F {op} /r |", f"v{name} Hx,Ux,Ib | VEX.x.66.0F {group} /{extension} |"]
    for name, digit in (("psrldq", 3), ("pslldq", 7)):
        out += [f"{name} U,Ib | 66 0F 73 /{digit} |", f"v{name} Hx,Ux,Ib | VEX.x.66.0F 73 /{digit} |"]
    for name, op, size, kind in _IMM3A:
        if name == "palignr":
            out.append("palignr P,Qq,Ib | 0F 3A 0F /r |")
        out.append(f"{name} V,W{size},Ib | 66 0F 3A {op} /r |")
        if kind == 0:
            out.append(f"v{name} Vx,Wx,Ib | VEX.x.66.0F3A {op} /r |")
        elif kind == 2:
            out.append(f"v{name} V,Wx,Ib | VEX.0.66.0F3A {op} /r |")
        elif size == "x" and kind == 1:
            out.append(f"v{name} Vx,Hx,Wx,Ib | VEX.x.66.0F3A {op} /r |")
        else:
            out.append(f"v{name} V,H,W{size},Ib | VEX.0.66.0F3A {op} /r |")
    for name, number in (("lqlq", 0x00), ("hqlq", 0x01), ("lqhq", 0x10), ("hqhq", 0x11)):
        out += [f"pclmul{name}dq V,Wx | 66 0F 3A 44 /r ={number:02X} |", f"vpclmul{name}dq Vx,Hx,Wx | VEX.x.66.0F3A 44 /r ={number:02X} |"]
    for order, base in (("132", 0x90), ("213", 0xA0), ("231", 0xB0)):
        for name, low, kinds in _FMA:
            for t in ("ps", "pd", "ss", "sd"):
                if t[0] == "s" and "s" not in kinds:
                    continue
                x = "x" if t[0] == "p" else ""
                number = base + low + (1 if t[0] == "s" else 0)
                w = " W" if t[1] == "d" else ""
                out.append(f"v{name}{order}{t} V{x},H{x},W{_MEM[t]} | VEX.{'x' if x else '0'}.66.0F38 {number:02X} /r |{w}")
    return out


_OTHERS: Final = """
movups V,Wx | 0F 10 /r |
movups Mx,V | 0F 11 /r |
movupd V,Wx | 66 0F 10 /r |
movupd Mx,V | 66 0F 11 /r |
movss V,Wl | F3 0F 10 /r |
movss Ml,V | F3 0F 11 /r |
movsd V,Wq | F2 0F 10 /r |
movsd Mq,V | F2 0F 11 /r |
movaps V,Wx | 0F 28 /r |
movaps Mx,V | 0F 29 /r |
movapd V,Wx | 66 0F 28 /r |
movapd Mx,V | 66 0F 29 /r |
movdqa V,Wx | 66 0F 6F /r |
movdqa Mx,V | 66 0F 7F /r |
movdqu V,Wx | F3 0F 6F /r |
movdqu Mx,V | F3 0F 7F /r |
lddqu V,Mx | F2 0F F0 /r |
movntdq Mx,V | 66 0F E7 /r |
movntdqa V,Mx | 66 0F 38 2A /r |
movntps Mx,V | 0F 2B /r |
movntpd Mx,V | 66 0F 2B /r |
movntq Mq,P | 0F E7 /r |
movlps V,Mq | 0F 12 /r |
movlps Mq,V | 0F 13 /r |
movhps V,Mq | 0F 16 /r |
movhps Mq,V | 0F 17 /r |
movlpd V,Mq | 66 0F 12 /r |
movlpd Mq,V | 66 0F 13 /r |
movhpd V,Mq | 66 0F 16 /r |
movhpd Mq,V | 66 0F 17 /r |
movhlps V,U | 0F 12 /r |
movlhps V,U | 0F 16 /r |
movsldup V,Wx | F3 0F 12 /r |
movshdup V,Wx | F3 0F 16 /r |
movddup V,Wq | F2 0F 12 /r |
movd P,El | 0F 6E /r |
movd El,P | 0F 7E /r |
movd V,El | 66 0F 6E /r |
movd El,V | 66 0F 7E /r |
movq V,Wq | F3 0F 7E /r |
movq Mq,V | 66 0F D6 /r |
movq P,Qq | 0F 6F /r |
movq Mq,P | 0F 7F /r |
movq P,Rq | 0F 6E /r | W
movq Rq,P | 0F 7E /r | W
movq V,Rq | 66 0F 6E /r | W
movq Rq,V | 66 0F 7E /r | W
movd V,Rq | 66 0F 6E /r | W alias
movd Rq,V | 66 0F 7E /r | W alias
movdq2q P,U | F2 0F D6 /r |
movq2dq V,N | F3 0F D6 /r |
movmskps Gl,U | 0F 50 /r |
movmskps Gq,U | 0F 50 /r | noW
movmskpd Gl,U | 66 0F 50 /r |
movmskpd Gq,U | 66 0F 50 /r | noW
pmovmskb Gl,N | 0F D7 /r |
pmovmskb Gl,U | 66 0F D7 /r |
pmovmskb Gq,U | 66 0F D7 /r | noW
maskmovq P,N | 0F F7 /r |
maskmovdqu V,U | 66 0F F7 /r |
cvtpi2ps V,Qq | 0F 2A /r |
cvtpi2pd V,Qq | 66 0F 2A /r |
cvtsi2ss V,El | F3 0F 2A /r | s=l
cvtsi2ss V,Eq | F3 0F 2A /r | s=q
cvtsi2sd V,El | F2 0F 2A /r | s=l
cvtsi2sd V,Eq | F2 0F 2A /r | s=q
cvttps2pi P,Wq | 0F 2C /r |
cvttpd2pi P,Wx | 66 0F 2C /r |
cvttss2si Gl,Wl | F3 0F 2C /r | s=l
cvttss2si Gq,Wl | F3 0F 2C /r | s=q
cvttsd2si Gl,Wq | F2 0F 2C /r | s=l noW
cvttsd2si Gq,Wq | F2 0F 2C /r | s=q
cvtps2pi P,Wq | 0F 2D /r |
cvtpd2pi P,Wx | 66 0F 2D /r |
cvtss2si Gl,Wl | F3 0F 2D /r | s=l
cvtss2si Gq,Wl | F3 0F 2D /r | s=q
cvtsd2si Gl,Wq | F2 0F 2D /r | s=l noW
cvtsd2si Gq,Wq | F2 0F 2D /r | s=q
cvtps2pd V,Wq | 0F 5A /r |
cvtpd2ps V,Wx | 66 0F 5A /r |
cvtss2sd V,Wl | F3 0F 5A /r |
cvtsd2ss V,Wq | F2 0F 5A /r |
cvtdq2ps V,Wx | 0F 5B /r |
cvtps2dq V,Wx | 66 0F 5B /r |
cvttps2dq V,Wx | F3 0F 5B /r |
cvtdq2pd V,Wq | F3 0F E6 /r |
cvttpd2dq V,Wx | 66 0F E6 /r |
cvtpd2dq V,Wx | F2 0F E6 /r |
shufps V,Wx,Ib | 0F C6 /r |
shufpd V,Wx,Ib | 66 0F C6 /r |
pshufw P,Qq,Ib | 0F 70 /r |
pshufd V,Wx,Ib | 66 0F 70 /r |
pshufhw V,Wx,Ib | F3 0F 70 /r |
pshuflw V,Wx,Ib | F2 0F 70 /r |
pinsrw P,Rl,Ib | 0F C4 /r |
pinsrw P,Mw,Ib | 0F C4 /r | p=0
pinsrw V,Rl,Ib | 66 0F C4 /r |
pinsrw V,Mw,Ib | 66 0F C4 /r | p=0
pextrw Gl,N,Ib | 0F C5 /r |
pextrw Gl,U,Ib | 66 0F C5 /r |
pextrw Mw,V,Ib | 66 0F 3A 15 /r | p=0
pextrb Rl,V,Ib | 66 0F 3A 14 /r |
pextrb Mb,V,Ib | 66 0F 3A 14 /r |
pextrd El,V,Ib | 66 0F 3A 16 /r |
pextrq Eq,V,Ib | 66 0F 3A 16 /r |
extractps El,V,Ib | 66 0F 3A 17 /r |
pinsrb V,Rl,Ib | 66 0F 3A 20 /r |
pinsrb V,Mb,Ib | 66 0F 3A 20 /r |
pinsrd V,El,Ib | 66 0F 3A 22 /r |
pinsrq V,Eq,Ib | 66 0F 3A 22 /r |
insertps V,Wl,Ib | 66 0F 3A 21 /r |
pblendvb V,Wx | 66 0F 38 10 /r |
blendvps V,Wx | 66 0F 38 14 /r |
blendvpd V,Wx | 66 0F 38 15 /r |
sha1rnds4 V,Wx,Ib | 0F 3A CC /r |
sha1nexte V,Wx | 0F 38 C8 /r |
sha1msg1 V,Wx | 0F 38 C9 /r |
sha1msg2 V,Wx | 0F 38 CA /r |
sha256rnds2 V,Wx | 0F 38 CB /r |
sha256msg1 V,Wx | 0F 38 CC /r |
sha256msg2 V,Wx | 0F 38 CD /r |
gf2p8mulb V,Wx | 66 0F 38 CF /r |
gf2p8affineqb V,Wx,Ib | 66 0F 3A CE /r |
gf2p8affineinvqb V,Wx,Ib | 66 0F 3A CF /r |
vgf2p8mulb Vx,Hx,Wx | VEX.x.66.0F38 CF /r |
vgf2p8affineqb Vx,Hx,Wx,Ib | VEX.x.66.0F3A CE /r | W
vgf2p8affineinvqb Vx,Hx,Wx,Ib | VEX.x.66.0F3A CF /r | W
vmovups Vx,Wx | VEX.x.NP.0F 10 /r | back=11
vmovups Mx,Vx | VEX.x.NP.0F 11 /r |
vmovupd Vx,Wx | VEX.x.66.0F 10 /r | back=11
vmovupd Mx,Vx | VEX.x.66.0F 11 /r |
vmovaps Vx,Wx | VEX.x.NP.0F 28 /r | back=29
vmovaps Mx,Vx | VEX.x.NP.0F 29 /r |
vmovapd Vx,Wx | VEX.x.66.0F 28 /r | back=29
vmovapd Mx,Vx | VEX.x.66.0F 29 /r |
vmovdqa Vx,Wx | VEX.x.66.0F 6F /r | back=7F
vmovdqa Mx,Vx | VEX.x.66.0F 7F /r |
vmovdqu Vx,Wx | VEX.x.F3.0F 6F /r | back=7F
vmovdqu Mx,Vx | VEX.x.F3.0F 7F /r |
vlddqu Vx,Mx | VEX.x.F2.0F F0 /r |
vmovntdq Mx,Vx | VEX.x.66.0F E7 /r |
vmovntps Mx,Vx | VEX.x.NP.0F 2B /r |
vmovntpd Mx,Vx | VEX.x.66.0F 2B /r |
vmovntdqa Vx,Mx | VEX.x.66.0F38 2A /r |
vmovss V,Ml | VEX.0.F3.0F 10 /r |
vmovss Ml,V | VEX.0.F3.0F 11 /r |
vmovss V,H,U | VEX.0.F3.0F 10 /r | back=11
vmovsd V,Mq | VEX.0.F2.0F 10 /r |
vmovsd Mq,V | VEX.0.F2.0F 11 /r |
vmovsd V,H,U | VEX.0.F2.0F 10 /r | back=11
vmovlps V,H,Mq | VEX.0.NP.0F 12 /r |
vmovlps Mq,V | VEX.0.NP.0F 13 /r |
vmovhps V,H,Mq | VEX.0.NP.0F 16 /r |
vmovhps Mq,V | VEX.0.NP.0F 17 /r |
vmovlpd V,H,Mq | VEX.0.66.0F 12 /r |
vmovlpd Mq,V | VEX.0.66.0F 13 /r |
vmovhpd V,H,Mq | VEX.0.66.0F 16 /r |
vmovhpd Mq,V | VEX.0.66.0F 17 /r |
vmovhlps V,H,U | VEX.0.NP.0F 12 /r |
vmovlhps V,H,U | VEX.0.NP.0F 16 /r |
vmovsldup Vx,Wx | VEX.x.F3.0F 12 /r |
vmovshdup Vx,Wx | VEX.x.F3.0F 16 /r |
vmovddup V,Wq | VEX.0.F2.0F 12 /r |
vmovddup Y,WY | VEX.256.F2.0F 12 /r |
vmovd V,El | VEX.0.66.0F 6E /r |
vmovd El,V | VEX.0.66.0F 7E /r |
vmovq V,Wq | VEX.0.F3.0F 7E /r | back=D6
vmovq Mq,V | VEX.0.66.0F D6 /r |
vmovq V,Rq | VEX.0.66.0F 6E /r | W
vmovq Rq,V | VEX.0.66.0F 7E /r | W
vmovmskps Gl,Ux | VEX.x.NP.0F 50 /r |
vmovmskpd Gl,Ux | VEX.x.66.0F 50 /r |
vpmovmskb Gl,Ux | VEX.x.66.0F D7 /r |
vcvtsi2ss V,H,El | VEX.0.F3.0F 2A /r | s=l
vcvtsi2ss V,H,Eq | VEX.0.F3.0F 2A /r | s=q W
vcvtsi2sd V,H,El | VEX.0.F2.0F 2A /r | s=l
vcvtsi2sd V,H,Eq | VEX.0.F2.0F 2A /r | s=q W
vcvttss2si Gl,Wl | VEX.0.F3.0F 2C /r | s=l
vcvttss2si Gq,Wl | VEX.0.F3.0F 2C /r | s=q W
vcvttsd2si Gl,Wq | VEX.0.F2.0F 2C /r | s=l
vcvttsd2si Gq,Wq | VEX.0.F2.0F 2C /r | s=q W
vcvtss2si Gl,Wl | VEX.0.F3.0F 2D /r | s=l
vcvtss2si Gq,Wl | VEX.0.F3.0F 2D /r | s=q W
vcvtsd2si Gl,Wq | VEX.0.F2.0F 2D /r | s=l
vcvtsd2si Gq,Wq | VEX.0.F2.0F 2D /r | s=q W
vcvtps2pd V,Wq | VEX.0.NP.0F 5A /r |
vcvtps2pd Y,Wo | VEX.256.NP.0F 5A /r |
vcvtpd2ps V,Wx | VEX.0.66.0F 5A /r | s=x
vcvtpd2ps V,WY | VEX.256.66.0F 5A /r | s=y
vcvtss2sd V,H,Wl | VEX.0.F3.0F 5A /r |
vcvtsd2ss V,H,Wq | VEX.0.F2.0F 5A /r |
vcvtdq2ps Vx,Wx | VEX.x.NP.0F 5B /r |
vcvtps2dq Vx,Wx | VEX.x.66.0F 5B /r |
vcvttps2dq Vx,Wx | VEX.x.F3.0F 5B /r |
vcvtdq2pd V,Wq | VEX.0.F3.0F E6 /r |
vcvtdq2pd Y,Wo | VEX.256.F3.0F E6 /r |
vcvttpd2dq V,Wx | VEX.0.66.0F E6 /r | s=x
vcvttpd2dq V,WY | VEX.256.66.0F E6 /r | s=y
vcvtpd2dq V,Wx | VEX.0.F2.0F E6 /r | s=x
vcvtpd2dq V,WY | VEX.256.F2.0F E6 /r | s=y
vcvtph2ps V,Wq | VEX.0.66.0F38 13 /r |
vcvtph2ps Y,Wo | VEX.256.66.0F38 13 /r |
vcvtps2ph Wq,V,Ib | VEX.0.66.0F3A 1D /r |
vcvtps2ph Wo,Y,Ib | VEX.256.66.0F3A 1D /r |
vshufps Vx,Hx,Wx,Ib | VEX.x.NP.0F C6 /r |
vshufpd Vx,Hx,Wx,Ib | VEX.x.66.0F C6 /r |
vpshufd Vx,Wx,Ib | VEX.x.66.0F 70 /r |
vpshufhw Vx,Wx,Ib | VEX.x.F3.0F 70 /r |
vpshuflw Vx,Wx,Ib | VEX.x.F2.0F 70 /r |
vpinsrw V,H,Rl,Ib | VEX.0.66.0F C4 /r |
vpinsrw V,H,Mw,Ib | VEX.0.66.0F C4 /r |
vpextrw Gl,U,Ib | VEX.0.66.0F C5 /r |
vpextrw Mw,V,Ib | VEX.0.66.0F3A 15 /r |
vpextrb Rl,V,Ib | VEX.0.66.0F3A 14 /r |
vpextrb Mb,V,Ib | VEX.0.66.0F3A 14 /r |
vpextrd El,V,Ib | VEX.0.66.0F3A 16 /r |
vpextrq Eq,V,Ib | VEX.0.66.0F3A 16 /r | W
vextractps El,V,Ib | VEX.0.66.0F3A 17 /r |
vpinsrb V,H,Rl,Ib | VEX.0.66.0F3A 20 /r |
vpinsrb V,H,Mb,Ib | VEX.0.66.0F3A 20 /r |
vpinsrd V,H,El,Ib | VEX.0.66.0F3A 22 /r |
vpinsrq V,H,Eq,Ib | VEX.0.66.0F3A 22 /r | W
vinsertps V,H,Wl,Ib | VEX.0.66.0F3A 21 /r |
vblendvps Vx,Hx,Wx,Lx | VEX.x.66.0F3A 4A /r |
vblendvpd Vx,Hx,Wx,Lx | VEX.x.66.0F3A 4B /r |
vpblendvb Vx,Hx,Wx,Lx | VEX.x.66.0F3A 4C /r |
vpblendd Vx,Hx,Wx,Ib | VEX.x.66.0F3A 02 /r |
vbroadcastss Vx,Wl | VEX.x.66.0F38 18 /r |
vbroadcastsd Y,Wq | VEX.256.66.0F38 19 /r |
vbroadcastf128 Y,Mo | VEX.256.66.0F38 1A /r |
vbroadcasti128 Y,Mo | VEX.256.66.0F38 5A /r |
vpbroadcastb Vx,Wb | VEX.x.66.0F38 78 /r |
vpbroadcastw Vx,Ww | VEX.x.66.0F38 79 /r |
vpbroadcastd Vx,Wl | VEX.x.66.0F38 58 /r |
vpbroadcastq Vx,Wq | VEX.x.66.0F38 59 /r |
vinsertf128 Y,HY,Wo,Ib | VEX.256.66.0F3A 18 /r |
vinserti128 Y,HY,Wo,Ib | VEX.256.66.0F3A 38 /r |
vextractf128 Wo,Y,Ib | VEX.256.66.0F3A 19 /r |
vextracti128 Wo,Y,Ib | VEX.256.66.0F3A 39 /r |
vperm2f128 Y,HY,WY,Ib | VEX.256.66.0F3A 06 /r |
vperm2i128 Y,HY,WY,Ib | VEX.256.66.0F3A 46 /r |
vpermilps Vx,Hx,Wx | VEX.x.66.0F38 0C /r |
vpermilpd Vx,Hx,Wx | VEX.x.66.0F38 0D /r |
vpermilps Vx,Wx,Ib | VEX.x.66.0F3A 04 /r |
vpermilpd Vx,Wx,Ib | VEX.x.66.0F3A 05 /r |
vpermd Y,HY,WY | VEX.256.66.0F38 36 /r |
vpermps Y,HY,WY | VEX.256.66.0F38 16 /r |
vpermq Y,WY,Ib | VEX.256.66.0F3A 00 /r | W
vpermpd Y,WY,Ib | VEX.256.66.0F3A 01 /r | W
vpsllvd Vx,Hx,Wx | VEX.x.66.0F38 47 /r |
vpsllvq Vx,Hx,Wx | VEX.x.66.0F38 47 /r | W
vpsrlvd Vx,Hx,Wx | VEX.x.66.0F38 45 /r |
vpsrlvq Vx,Hx,Wx | VEX.x.66.0F38 45 /r | W
vpsravd Vx,Hx,Wx | VEX.x.66.0F38 46 /r |
vmaskmovps Vx,Hx,Mx | VEX.x.66.0F38 2C /r |
vmaskmovps Mx,Hx,Vx | VEX.x.66.0F38 2E /r |
vmaskmovpd Vx,Hx,Mx | VEX.x.66.0F38 2D /r |
vmaskmovpd Mx,Hx,Vx | VEX.x.66.0F38 2F /r |
vpmaskmovd Vx,Hx,Mx | VEX.x.66.0F38 8C /r |
vpmaskmovd Mx,Hx,Vx | VEX.x.66.0F38 8E /r |
vpmaskmovq Vx,Hx,Mx | VEX.x.66.0F38 8C /r | W
vpmaskmovq Mx,Hx,Vx | VEX.x.66.0F38 8E /r | W
vtestps Vx,Wx | VEX.x.66.0F38 0E /r |
vtestpd Vx,Wx | VEX.x.66.0F38 0F /r |
vpgatherdd V,Tx,H | VEX.0.66.0F38 90 /r |
vpgatherdd Y,TY,HY | VEX.256.66.0F38 90 /r |
vpgatherdq V,Tx,H | VEX.0.66.0F38 90 /r | W
vpgatherdq Y,Tx,HY | VEX.256.66.0F38 90 /r | W
vpgatherqd V,Tx,H | VEX.0.66.0F38 91 /r | s=x
vpgatherqd V,TY,H | VEX.256.66.0F38 91 /r | s=y
vpgatherqq V,Tx,H | VEX.0.66.0F38 91 /r | W
vpgatherqq Y,TY,HY | VEX.256.66.0F38 91 /r | W
vgatherdps V,Tx,H | VEX.0.66.0F38 92 /r |
vgatherdps Y,TY,HY | VEX.256.66.0F38 92 /r |
vgatherdpd V,Tx,H | VEX.0.66.0F38 92 /r | W
vgatherdpd Y,Tx,HY | VEX.256.66.0F38 92 /r | W
vgatherqps V,Tx,H | VEX.0.66.0F38 93 /r | s=x
vgatherqps V,TY,H | VEX.256.66.0F38 93 /r | s=y
vgatherqpd V,Tx,H | VEX.0.66.0F38 93 /r | W
vgatherqpd Y,TY,HY | VEX.256.66.0F38 93 /r | W
vmaskmovdqu V,U | VEX.0.66.0F F7 /r |
movntss Ml,V | F3 0F 2B /r |
movntsd Mq,V | F2 0F 2B /r |
extrq V,U | 66 0F 79 /r |
insertq V,U | F2 0F 79 /r |
vzeroupper | VEX.0.NP.0F 77 |
vzeroall | VEX.256.NP.0F 77 |
vldmxcsr Ml | VEX.0.NP.0F AE /2 |
vstmxcsr Ml | VEX.0.NP.0F AE /3 |
"""

TABLE: Final = "\n".join(_floating() + _integer()) + _OTHERS
