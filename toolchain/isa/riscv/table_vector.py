"""RISC-V vector instructions (RISC-V "V" Vector Extension 1.0, chapters 6 to 16).

Arithmetic rows are made from ARITHMETIC: name, funct6, and the forms it comes in.  A form is a
suffix, which fixes funct3 and the operands:

    vv vx vi   OPIVV OPIVX OPIVI, integers; vu: OPIVI with an unsigned immediate
    vvm ...    the same with v0 as a carry or select operand, encoded with vm = 0
    mv mx      OPMVV OPMVX; fv ff: OPFVV OPFVF
"""
from __future__ import annotations

from typing import Final

ARITHMETIC: Final = """
vadd        00  .vv:vv .vx:vx .vi:vi
vsub        02  .vv:vv .vx:vx
vrsub       03  .vx:vx .vi:vi
vwcvt.x.x   31  .v:unary6
vwcvtu.x.x  30  .v:unary6
vwaddu      30  .vv:mv .vx:mx
vwadd       31  .vv:mv .vx:mx
vwsubu      32  .vv:mv .vx:mx
vwsub       33  .vv:mv .vx:mx
vwaddu      34  .wv:mv .wx:mx
vwadd       35  .wv:mv .wx:mx
vwsubu      36  .wv:mv .wx:mx
vwsub       37  .wv:mv .wx:mx
vadc        10  .vvm:vvm .vxm:vxm .vim:vim
vmadc       11  .vvm:vvm .vxm:vxm .vim:vim .vv:vvn .vx:vxn .vi:vin
vsbc        12  .vvm:vvm .vxm:vxm
vmsbc       13  .vvm:vvm .vxm:vxm .vv:vvn .vx:vxn
vand        09  .vv:vv .vx:vx .vi:vi
vor         0a  .vv:vv .vx:vx .vi:vi
vxor        0b  .vv:vv .vx:vx .vi:vi
vsll        25  .vv:vv .vx:vx .vi:vu
vsrl        28  .vv:vv .vx:vx .vi:vu
vsra        29  .vv:vv .vx:vx .vi:vu
vnsrl       2c  .wv:vv .wx:vx .wi:vu
vnsra       2d  .wv:vv .wx:vx .wi:vu
vmseq       18  .vv:vv .vx:vx .vi:vi
vmsne       19  .vv:vv .vx:vx .vi:vi
vmsltu      1a  .vv:vv .vx:vx
vmslt       1b  .vv:vv .vx:vx
vmsleu      1c  .vv:vv .vx:vx .vi:vi
vmsle       1d  .vv:vv .vx:vx .vi:vi
vmsgtu      1e  .vx:vx .vi:vi
vmsgt       1f  .vx:vx .vi:vi
vminu       04  .vv:vv .vx:vx
vmin        05  .vv:vv .vx:vx
vmaxu       06  .vv:vv .vx:vx
vmax        07  .vv:vv .vx:vx
vmul        25  .vv:mv .vx:mx
vmulh       27  .vv:mv .vx:mx
vmulhu      24  .vv:mv .vx:mx
vmulhsu     26  .vv:mv .vx:mx
vwmul       3b  .vv:mv .vx:mx
vwmulu      38  .vv:mv .vx:mx
vwmulsu     3a  .vv:mv .vx:mx
vmacc       2d  .vv:mva .vx:mxa
vnmsac      2f  .vv:mva .vx:mxa
vmadd       29  .vv:mva .vx:mxa
vnmsub      2b  .vv:mva .vx:mxa
vwmaccu     3c  .vv:mva .vx:mxa
vwmacc      3d  .vv:mva .vx:mxa
vwmaccsu    3f  .vv:mva .vx:mxa
vwmaccus    3e  .vx:mxa
vdivu       20  .vv:mv .vx:mx
vdiv        21  .vv:mv .vx:mx
vremu       22  .vv:mv .vx:mx
vrem        23  .vv:mv .vx:mx
vmerge      17  .vvm:vvm .vxm:vxm .vim:vim
vsaddu      20  .vv:vv .vx:vx .vi:vi
vsadd       21  .vv:vv .vx:vx .vi:vi
vssubu      22  .vv:vv .vx:vx
vssub       23  .vv:vv .vx:vx
vaaddu      08  .vv:mv .vx:mx
vaadd       09  .vv:mv .vx:mx
vasubu      0a  .vv:mv .vx:mx
vasub       0b  .vv:mv .vx:mx
vsmul       27  .vv:vv .vx:vx
vssrl       2a  .vv:vv .vx:vx .vi:vu
vssra       2b  .vv:vv .vx:vx .vi:vu
vnclipu     2e  .wv:vv .wx:vx .wi:vu
vnclip      2f  .wv:vv .wx:vx .wi:vu
vfadd       00  .vv:fv .vf:ff
vfsub       02  .vv:fv .vf:ff
vfrsub      27  .vf:ff
vfwadd      30  .vv:fv .vf:ff
vfwsub      32  .vv:fv .vf:ff
vfwadd      34  .wv:fv .wf:ff
vfwsub      36  .wv:fv .wf:ff
vfmul       24  .vv:fv .vf:ff
vfdiv       20  .vv:fv .vf:ff
vfrdiv      21  .vf:ff
vfwmul      38  .vv:fv .vf:ff
vfmadd      28  .vv:fva .vf:ffa
vfnmadd     29  .vv:fva .vf:ffa
vfmsub      2a  .vv:fva .vf:ffa
vfnmsub     2b  .vv:fva .vf:ffa
vfmacc      2c  .vv:fva .vf:ffa
vfnmacc     2d  .vv:fva .vf:ffa
vfmsac      2e  .vv:fva .vf:ffa
vfnmsac     2f  .vv:fva .vf:ffa
vfwmacc     3c  .vv:fva .vf:ffa
vfwnmacc    3d  .vv:fva .vf:ffa
vfwmsac     3e  .vv:fva .vf:ffa
vfwnmsac    3f  .vv:fva .vf:ffa
vfmin       04  .vv:fv .vf:ff
vfmax       06  .vv:fv .vf:ff
vfsgnj      08  .vv:fv .vf:ff
vfsgnjn     09  .vv:fv .vf:ff
vfsgnjx     0a  .vv:fv .vf:ff
vmfeq       18  .vv:fv .vf:ff
vmfne       1c  .vv:fv .vf:ff
vmflt       1b  .vv:fv .vf:ff
vmfle       19  .vv:fv .vf:ff
vmfgt       1d  .vf:ff
vmfge       1f  .vf:ff
vfmerge     17  .vfm:ffm
vredsum     00  .vs:mv
vredand     01  .vs:mv
vredor      02  .vs:mv
vredxor     03  .vs:mv
vredminu    04  .vs:mv
vredmin     05  .vs:mv
vredmaxu    06  .vs:mv
vredmax     07  .vs:mv
vwredsumu   30  .vs:vv
vwredsum    31  .vs:vv
vfredosum   03  .vs:fv
vfredusum   01  .vs:fv
vfredsum    01  .vs:fv
vfredmin    05  .vs:fv
vfredmax    07  .vs:fv
vfwredosum  33  .vs:fv
vfwredusum  31  .vs:fv
vfwredsum   31  .vs:fv
vslideup    0e  .vx:vx .vi:vu
vslidedown  0f  .vx:vx .vi:vu
vslide1up   0e  .vx:mx
vslide1down 0f  .vx:mx
vfslide1up  0e  .vf:ff
vfslide1down 0f .vf:ff
vrgather    0c  .vv:vv .vx:vx .vi:vu
vrgatherei16 0e .vv:vv
vcompress   17  .vm:mvn
vmand       19  .mm:mvn
vmnand      1d  .mm:mvn
vmandn      18  .mm:mvn
vmandnot    18  .mm:mvn
vmxor       1b  .mm:mvn
vmor        1a  .mm:mvn
vmnor       1e  .mm:mvn
vmorn       1c  .mm:mvn
vmornot     1c  .mm:mvn
vmxnor      1f  .mm:mvn
"""

# form -> (funct3, operand text, vm bit set)
FORMS: Final[dict[str, tuple[int, str, bool]]] = {
    "vv": (0, "vd,vs2,vs1,?vm", True), "vx": (4, "vd,vs2,rs1,?vm", True), "vi": (3, "vd,vs2,simm5,?vm", True),
    "vu": (3, "vd,vs2,uimm5,?vm", True),
    "vvm": (0, "vd,vs2,vs1,v0", False), "vxm": (4, "vd,vs2,rs1,v0", False), "vim": (3, "vd,vs2,simm5,v0", False),
    "vvn": (0, "vd,vs2,vs1", True), "vxn": (4, "vd,vs2,rs1", True), "vin": (3, "vd,vs2,simm5", True),
    "mv": (2, "vd,vs2,vs1,?vm", True), "mx": (6, "vd,vs2,rs1,?vm", True), "mvn": (2, "vd,vs2,vs1", True),
    "mva": (2, "vd,vs1,vs2,?vm", True), "mxa": (6, "vd,rs1,vs2,?vm", True),
    "fv": (1, "vd,vs2,vs1,?vm", True), "ff": (5, "vd,vs2,fs1,?vm", True), "ffm": (5, "vd,vs2,fs1,v0", False),
    "fva": (1, "vd,vs1,vs2,?vm", True), "ffa": (5, "vd,fs1,vs2,?vm", True),
    "unary6": (6, "vd,vs2,?vm", True),
}

# The rest, one form a line, with vm set where it is optional.
OTHER: Final = """
vsetvl      rd,rs1,rs2         80007057  v
vsetvli     rd,rs1,vtype11     00007057  v
vsetivli    rd,zimm5,vtype10   c0007057  v
vlm.v       vd,(rs1)           02b00007  v
vsm.v       vs3,(rs1)          02b00027  v
vle1.v      vd,(rs1)           02b00007  v =vlm.v
vse1.v      vs3,(rs1)          02b00027  v =vsm.v
vneg.v      vd,vs2,?vm         0e004057  v =vrsub.vx
vnot.v      vd,vs2,?vm         2e0fb057  v =vxor.vi
vncvt.x.x.w vd,vs2,?vm         b2004057  v =vnsrl.wx
vmsgt.vv    vd,vs1,vs2,?vm     6e000057  v =vmslt.vv
vmsgtu.vv   vd,vs1,vs2,?vm     6a000057  v =vmsltu.vv
vmsge.vv    vd,vs1,vs2,?vm     76000057  v =vmsle.vv
vmsgeu.vv   vd,vs1,vs2,?vm     72000057  v =vmsleu.vv
vmslt.vi    vd,vs2,simm5m1,?vm 76003057  v =vmsle.vi
vmsltu.vi   vd,vs2,simm5m1,?vm 72003057  v =vmsleu.vi
vmsge.vi    vd,vs2,simm5m1,?vm 7e003057  v =vmsgt.vi
vmsgeu.vi   vd,vs2,simm5m1,?vm 7a003057  v =vmsgtu.vi
vmfgt.vv    vd,vs1,vs2,?vm     6e001057  v =vmflt.vv
vmfge.vv    vd,vs1,vs2,?vm     66001057  v =vmfle.vv
vmv.v.v     vd,vs1             5e000057  v
vmv.v.x     vd,rs1             5e004057  v
vmv.v.i     vd,simm5           5e003057  v
vfmv.v.f    vd,fs1             5e005057  v
vmv.x.s     rd,vs2             42002057  v
vmv.s.x     vd,rs1             42006057  v
vfmv.f.s    fd,vs2             42001057  v
vfmv.s.f    vd,fs1             42005057  v
vmv1r.v     vd,vs2             9e003057  v
vmv2r.v     vd,vs2             9e00b057  v
vmv4r.v     vd,vs2             9e01b057  v
vmv8r.v     vd,vs2             9e03b057  v
vzext.vf8   vd,vs2,?vm         4a012057  v
vsext.vf8   vd,vs2,?vm         4a01a057  v
vzext.vf4   vd,vs2,?vm         4a022057  v
vsext.vf4   vd,vs2,?vm         4a02a057  v
vzext.vf2   vd,vs2,?vm         4a032057  v
vsext.vf2   vd,vs2,?vm         4a03a057  v
vcpop.m     rd,vs2,?vm         42082057  v
vpopc.m     rd,vs2,?vm         42082057  v =vcpop.m
vfirst.m    rd,vs2,?vm         4208a057  v
vmsbf.m     vd,vs2,?vm         5200a057  v
vmsof.m     vd,vs2,?vm         52012057  v
vmsif.m     vd,vs2,?vm         5201a057  v
viota.m     vd,vs2,?vm         52082057  v
vid.v       vd,?vm             5208a057  v
vmcpy.m     vd,vs12            66002057  v =vmand.mm
vmmv.m      vd,vs12            66002057  v =vmand.mm
vmclr.m     vd3                6e002057  v =vmxor.mm
vmset.m     vd3                7e002057  v =vmxnor.mm
vmnot.m     vd,vs12            76002057  v =vmnand.mm
vfneg.v     vd,vs12,?vm        26001057  v =vfsgnjn.vv
vfabs.v     vd,vs12,?vm        2a001057  v =vfsgnjx.vv
vfsqrt.v    vd,vs2,?vm         4e001057  v
vfrsqrt7.v  vd,vs2,?vm         4e021057  v
vfrec7.v    vd,vs2,?vm         4e029057  v
vfclass.v   vd,vs2,?vm         4e081057  v
vfcvt.xu.f.v vd,vs2,?vm        4a001057  v
vfcvt.x.f.v vd,vs2,?vm         4a009057  v
vfcvt.f.xu.v vd,vs2,?vm        4a011057  v
vfcvt.f.x.v vd,vs2,?vm         4a019057  v
vfcvt.rtz.xu.f.v vd,vs2,?vm    4a031057  v
vfcvt.rtz.x.f.v vd,vs2,?vm     4a039057  v
vfwcvt.xu.f.v vd,vs2,?vm       4a041057  v
vfwcvt.x.f.v vd,vs2,?vm        4a049057  v
vfwcvt.f.xu.v vd,vs2,?vm       4a051057  v
vfwcvt.f.x.v vd,vs2,?vm        4a059057  v
vfwcvt.f.f.v vd,vs2,?vm        4a061057  v
vfwcvt.rtz.xu.f.v vd,vs2,?vm   4a071057  v
vfwcvt.rtz.x.f.v vd,vs2,?vm    4a079057  v
vfncvt.xu.f.w vd,vs2,?vm       4a081057  v
vfncvt.x.f.w vd,vs2,?vm        4a089057  v
vfncvt.f.xu.w vd,vs2,?vm       4a091057  v
vfncvt.f.x.w vd,vs2,?vm        4a099057  v
vfncvt.f.f.w vd,vs2,?vm        4a0a1057  v
vfncvt.rod.f.f.w vd,vs2,?vm    4a0a9057  v
vfncvt.rtz.xu.f.w vd,vs2,?vm   4a0b1057  v
vfncvt.rtz.x.f.w vd,vs2,?vm    4a0b9057  v
"""

# Element width in bits -> the width field of loads and stores (instruction bits 14 to 12).
WIDTHS: Final = ((8, 0), (16, 5), (32, 6), (64, 7))


def arithmetic_lines() -> list[str]:
    """The rows of ARITHMETIC as lines like those of OTHER."""
    out: list[str] = []
    for line in ARITHMETIC.split("\n"):
        words = line.split()
        if not words:
            continue
        funct6 = int(words[1], 16)
        for form in words[2:]:
            suffix, kind = form.split(":")
            funct3, operands, vm = FORMS[kind]
            match = funct6 << 26 | (1 << 25 if vm else 0) | funct3 << 12 | 0x57
            out.append(f"{words[0]}{suffix} {operands} {match:08x} v")
    return out


def memory_lines() -> list[str]:
    """Loads and stores: unit-stride, strided, indexed, segments, fault-only-first, whole registers."""
    out: list[str] = []
    for bits, width in WIDTHS:
        w = width << 12
        for nf in range(8):
            n = nf << 29 | 1 << 25
            seg = f"seg{nf + 1}" if nf else ""
            out.append(f"vl{seg}e{bits}.v vd,(rs1),?vm {n | w | 0x07:08x} v")
            out.append(f"vs{seg}e{bits}.v vs3,(rs1),?vm {n | w | 0x27:08x} v")
            out.append(f"vl{seg}e{bits}ff.v vd,(rs1),?vm {n | 16 << 20 | w | 0x07:08x} v")
            out.append(f"vls{seg}e{bits}.v vd,(rs1),rs2,?vm {n | 2 << 26 | w | 0x07:08x} v")
            out.append(f"vss{seg}e{bits}.v vs3,(rs1),rs2,?vm {n | 2 << 26 | w | 0x27:08x} v")
            for order, mop in (("u", 1), ("o", 3)):
                out.append(f"vl{order}x{seg}ei{bits}.v vd,(rs1),vs2,?vm {n | mop << 26 | w | 0x07:08x} v")
                out.append(f"vs{order}x{seg}ei{bits}.v vs3,(rs1),vs2,?vm {n | mop << 26 | w | 0x27:08x} v")
        for nf in (1, 2, 4, 8):
            n = (nf - 1) << 29 | 1 << 25 | 8 << 20
            out.append(f"vl{nf}re{bits}.v vd,(rs1) {n | w | 0x07:08x} v")
    for nf in (1, 2, 4, 8):
        n = (nf - 1) << 29 | 1 << 25 | 8 << 20
        out.append(f"vl{nf}r.v vd,(rs1) {n | 0x07:08x} v =vl{nf}re8.v")
        out.append(f"vs{nf}r.v vs3,(rs1) {n | 0x27:08x} v")
    return out
