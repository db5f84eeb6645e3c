"""gcc's builtin functions on SSE registers: the table behind `<xmmintrin.h>` to `<wmmintrin.h>`.

A line: name (after `__builtin_ia32_`), prototype with gcc's machine modes, row, kind.

    b   binary: first operand is also the destination        bi  the same with an immediate
    u   unary                                                i   the same with an immediate
    s   shift of the destination by an immediate             v   as b, with a mask in %xmm0 (blendv)
    x   to a general register                                xi  the same with an immediate
    pi  a general register into a lane                       g   from a general register
    r   binary on general registers                          z c n   flags of ptest: ZF, CF, neither

Source: Intel SDM volume 2; GCC manual, "x86 Built-in Functions".
"""
from __future__ import annotations

from typing import Final

TABLE: Final = """
paddsb128 v16qi(v16qi,v16qi) PADDSB b
paddsw128 v8hi(v8hi,v8hi) PADDSW b
paddusb128 v16qi(v16qi,v16qi) PADDUSB b
paddusw128 v8hi(v8hi,v8hi) PADDUSW b
psubsb128 v16qi(v16qi,v16qi) PSUBSB b
psubsw128 v8hi(v8hi,v8hi) PSUBSW b
psubusb128 v16qi(v16qi,v16qi) PSUBUSB b
psubusw128 v8hi(v8hi,v8hi) PSUBUSW b
pmulhw128 v8hi(v8hi,v8hi) PMULHW b
pmulhuw128 v8hi(v8hi,v8hi) PMULHUW b
pmaddwd128 v4si(v8hi,v8hi) PMADDWD b
pmuludq128 v2di(v4si,v4si) PMULUDQ b
pavgb128 v16qi(v16qi,v16qi) PAVGB b
pavgw128 v8hi(v8hi,v8hi) PAVGW b
psadbw128 v2di(v16qi,v16qi) PSADBW b
pmaxub128 v16qi(v16qi,v16qi) PMAXUB b
pminub128 v16qi(v16qi,v16qi) PMINUB b
pmaxsw128 v8hi(v8hi,v8hi) PMAXSW b
pminsw128 v8hi(v8hi,v8hi) PMINSW b
pandn128 v2di(v2di,v2di) PANDN b
packsswb128 v16qi(v8hi,v8hi) PACKSSWB b
packssdw128 v8hi(v4si,v4si) PACKSSDW b
packuswb128 v16qi(v8hi,v8hi) PACKUSWB b
punpckhbw128 v16qi(v16qi,v16qi) PUNPCKHBW b
punpckhwd128 v8hi(v8hi,v8hi) PUNPCKHWD b
punpckhdq128 v4si(v4si,v4si) PUNPCKHDQ b
punpckhqdq128 v2di(v2di,v2di) PUNPCKHQDQ b
punpcklbw128 v16qi(v16qi,v16qi) PUNPCKLBW b
punpcklwd128 v8hi(v8hi,v8hi) PUNPCKLWD b
punpckldq128 v4si(v4si,v4si) PUNPCKLDQ b
punpcklqdq128 v2di(v2di,v2di) PUNPCKLQDQ b
psllw128 v8hi(v8hi,v8hi) PSLLW b
pslld128 v4si(v4si,v4si) PSLLD b
psllq128 v2di(v2di,v2di) PSLLQ b
psrlw128 v8hi(v8hi,v8hi) PSRLW b
psrld128 v4si(v4si,v4si) PSRLD b
psrlq128 v2di(v2di,v2di) PSRLQ b
psraw128 v8hi(v8hi,v8hi) PSRAW b
psrad128 v4si(v4si,v4si) PSRAD b
pslldq128 v2di(v2di,int) PSLLDQ s
psrldq128 v2di(v2di,int) PSRLDQ s
pshufd v4si(v4si,int) PSHUFD i
pshuflw v8hi(v8hi,int) PSHUFLW i
pshufhw v8hi(v8hi,int) PSHUFHW i
pmovmskb128 int(v16qi) PMOVMSKB x
pextrw128 int(v8hi,int) PEXTRW xi
pinsrw128 v8hi(v8hi,int,int) PINSRW pi
movd128 v4si(int) MOVD g
movd_si int(v4si) MOVD x
movq128r v2di(long long) MOVQ g
movq_di long long(v2di) MOVQ x
movq128 v2di(v2di) MOVQ u
movmskps int(v4sf) MOVMSKPS x
movmskpd int(v2df) MOVMSKPD x
cvtps2dq v4si(v4sf) CVTPS2DQ u
cvttps2dq v4si(v4sf) CVTTPS2DQ u
cvtdq2ps v4sf(v4si) CVTDQ2PS u
cvtdq2pd v2df(v4si) CVTDQ2PD u
cvtpd2dq v4si(v2df) CVTPD2DQ u
cvttpd2dq v4si(v2df) CVTTPD2DQ u
cvtpd2ps v4sf(v2df) CVTPD2PS u
cvtps2pd v2df(v4sf) CVTPS2PD u
cvtss2si int(v4sf) CVTSS2SIL x
cvtss2si64 long long(v4sf) CVTSS2SIQ x
cvtsd2si int(v2df) CVTSD2SIL x
cvtsd2si64 long long(v2df) CVTSD2SIQ x
sqrtps v4sf(v4sf) SQRTPS u
sqrtpd v2df(v2df) SQRTPD u
rcpps v4sf(v4sf) RCPPS u
rsqrtps v4sf(v4sf) RSQRTPS u
maxps v4sf(v4sf,v4sf) MAXPS b
minps v4sf(v4sf,v4sf) MINPS b
maxpd v2df(v2df,v2df) MAXPD b
minpd v2df(v2df,v2df) MINPD b
maxss v4sf(v4sf,v4sf) MAXSS b
minss v4sf(v4sf,v4sf) MINSS b
maxsd v2df(v2df,v2df) MAXSD b
minsd v2df(v2df,v2df) MINSD b
addss v4sf(v4sf,v4sf) ADDSS b
subss v4sf(v4sf,v4sf) SUBSS b
mulss v4sf(v4sf,v4sf) MULSS b
divss v4sf(v4sf,v4sf) DIVSS b
addsd v2df(v2df,v2df) ADDSD b
subsd v2df(v2df,v2df) SUBSD b
mulsd v2df(v2df,v2df) MULSD b
divsd v2df(v2df,v2df) DIVSD b
cmpps v4sf(v4sf,v4sf,int) CMPPS bi
cmppd v2df(v2df,v2df,int) CMPPD bi
cmpss v4sf(v4sf,v4sf,int) CMPSS bi
cmpsd v2df(v2df,v2df,int) CMPSD bi
shufps v4sf(v4sf,v4sf,int) SHUFPS bi
shufpd v2df(v2df,v2df,int) SHUFPD bi
movhlps v4sf(v4sf,v4sf) MOVHLPS b
movlhps v4sf(v4sf,v4sf) MOVLHPS b
unpckhps v4sf(v4sf,v4sf) UNPCKHPS b
unpcklps v4sf(v4sf,v4sf) UNPCKLPS b
unpckhpd v2df(v2df,v2df) UNPCKHPD b
unpcklpd v2df(v2df,v2df) UNPCKLPD b
haddps v4sf(v4sf,v4sf) HADDPS b
haddpd v2df(v2df,v2df) HADDPD b
hsubps v4sf(v4sf,v4sf) HSUBPS b
hsubpd v2df(v2df,v2df) HSUBPD b
addsubps v4sf(v4sf,v4sf) ADDSUBPS b
addsubpd v2df(v2df,v2df) ADDSUBPD b
movshdup v4sf(v4sf) MOVSHDUP u
movsldup v4sf(v4sf) MOVSLDUP u
pshufb128 v16qi(v16qi,v16qi) PSHUFB b
phaddw128 v8hi(v8hi,v8hi) PHADDW b
phaddd128 v4si(v4si,v4si) PHADDD b
phaddsw128 v8hi(v8hi,v8hi) PHADDSW b
phsubw128 v8hi(v8hi,v8hi) PHSUBW b
phsubd128 v4si(v4si,v4si) PHSUBD b
phsubsw128 v8hi(v8hi,v8hi) PHSUBSW b
pmaddubsw128 v8hi(v16qi,v16qi) PMADDUBSW b
pmulhrsw128 v8hi(v8hi,v8hi) PMULHRSW b
psignb128 v16qi(v16qi,v16qi) PSIGNB b
psignw128 v8hi(v8hi,v8hi) PSIGNW b
psignd128 v4si(v4si,v4si) PSIGND b
pabsb128 v16qi(v16qi) PABSB u
pabsw128 v8hi(v8hi) PABSW u
pabsd128 v4si(v4si) PABSD u
palignr128 v2di(v2di,v2di,int) PALIGNR bi
pblendvb128 v16qi(v16qi,v16qi,v16qi) PBLENDVB v
blendvps v4sf(v4sf,v4sf,v4sf) BLENDVPS v
blendvpd v2df(v2df,v2df,v2df) BLENDVPD v
pblendw128 v8hi(v8hi,v8hi,int) PBLENDW bi
blendps v4sf(v4sf,v4sf,int) BLENDPS bi
blendpd v2df(v2df,v2df,int) BLENDPD bi
packusdw128 v8hi(v4si,v4si) PACKUSDW b
pmuldq128 v2di(v4si,v4si) PMULDQ b
pmulld128 v4si(v4si,v4si) PMULLD b
pcmpeqq128 v2di(v2di,v2di) PCMPEQQ b
pcmpgtq128 v2di(v2di,v2di) PCMPGTQ b
pmaxsb128 v16qi(v16qi,v16qi) PMAXSB b
pmaxsd128 v4si(v4si,v4si) PMAXSD b
pmaxud128 v4si(v4si,v4si) PMAXUD b
pmaxuw128 v8hi(v8hi,v8hi) PMAXUW b
pminsb128 v16qi(v16qi,v16qi) PMINSB b
pminsd128 v4si(v4si,v4si) PMINSD b
pminud128 v4si(v4si,v4si) PMINUD b
pminuw128 v8hi(v8hi,v8hi) PMINUW b
phminposuw128 v8hi(v8hi) PHMINPOSUW u
pmovsxbw128 v8hi(v16qi) PMOVSXBW u
pmovsxbd128 v4si(v16qi) PMOVSXBD u
pmovsxbq128 v2di(v16qi) PMOVSXBQ u
pmovsxwd128 v4si(v8hi) PMOVSXWD u
pmovsxwq128 v2di(v8hi) PMOVSXWQ u
pmovsxdq128 v2di(v4si) PMOVSXDQ u
pmovzxbw128 v8hi(v16qi) PMOVZXBW u
pmovzxbd128 v4si(v16qi) PMOVZXBD u
pmovzxbq128 v2di(v16qi) PMOVZXBQ u
pmovzxwd128 v4si(v8hi) PMOVZXWD u
pmovzxwq128 v2di(v8hi) PMOVZXWQ u
pmovzxdq128 v2di(v4si) PMOVZXDQ u
mpsadbw128 v8hi(v16qi,v16qi,int) MPSADBW bi
dpps v4sf(v4sf,v4sf,int) DPPS bi
dppd v2df(v2df,v2df,int) DPPD bi
roundps v4sf(v4sf,int) ROUNDPS i
roundpd v2df(v2df,int) ROUNDPD i
roundss v4sf(v4sf,v4sf,int) ROUNDSS bi
roundsd v2df(v2df,v2df,int) ROUNDSD bi
insertps128 v4sf(v4sf,v4sf,int) INSERTPS bi
pextrb128 int(v16qi,int) PEXTRB xi
pextrd128 int(v4si,int) PEXTRD xi
pextrq128 long long(v2di,int) PEXTRQ xi
pinsrb128 v16qi(v16qi,int,int) PINSRB pi
pinsrd128 v4si(v4si,int,int) PINSRD pi
pinsrq128 v2di(v2di,long long,int) PINSRQ pi
ptestz128 int(v2di,v2di) PTEST z
ptestc128 int(v2di,v2di) PTEST c
ptestnzc128 int(v2di,v2di) PTEST n
aesenc128 v2di(v2di,v2di) AESENC b
aesenclast128 v2di(v2di,v2di) AESENCLAST b
aesdec128 v2di(v2di,v2di) AESDEC b
aesdeclast128 v2di(v2di,v2di) AESDECLAST b
aesimc128 v2di(v2di) AESIMC u
aeskeygenassist128 v2di(v2di,int) AESKEYGENASSIST i
pclmulqdq128 v2di(v2di,v2di,int) PCLMULQDQ bi
sha1msg1 v4si(v4si,v4si) SHA1MSG1 b
sha1msg2 v4si(v4si,v4si) SHA1MSG2 b
sha1nexte v4si(v4si,v4si) SHA1NEXTE b
sha1rnds4 v4si(v4si,v4si,int) SHA1RNDS4 bi
sha256msg1 v4si(v4si,v4si) SHA256MSG1 b
sha256msg2 v4si(v4si,v4si) SHA256MSG2 b
sha256rnds2 v4si(v4si,v4si,v4si) SHA256RNDS2 v
crc32qi unsigned(unsigned,unsigned char) CRC32B r
crc32hi unsigned(unsigned,unsigned short) CRC32W r
crc32si unsigned(unsigned,unsigned) CRC32L r
crc32di unsigned long long(unsigned long long,unsigned long long) CRC32Q r
"""


class Builtin:
    """One line of the table."""

    def __init__(self, name: str, prototype: str, row: str, kind: str) -> None:
        self.name = name
        self.prototype = prototype
        self.row = row
        self.kind = kind


def _read() -> list[Builtin]:
    out: list[Builtin] = []
    for line in TABLE.strip().split("\n"):
        name, rest = line.split(" ", 1)
        prototype, row, kind = rest.rsplit(" ", 2)
        out.append(Builtin("__builtin_ia32_" + name, prototype, row, kind))
    return out


BUILTINS: Final = _read()
NUMBERS: Final = {b.name: n for n, b in enumerate(BUILTINS)}
IMMEDIATE: Final = frozenset(("i", "bi", "s", "xi", "pi"))
"""Kinds whose last argument must be a constant."""
