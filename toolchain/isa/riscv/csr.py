"""Names of the control and status registers (RISC-V Privileged Architecture 1.12, chapter 2; Sstc, Smstateen, AIA, Sscofpmf,
Svpbmt; scalar cryptography; "V")."""
from __future__ import annotations

from typing import Final

_TEXT: Final = """
001 fflags frm fcsr
008 vstart vxsat vxrm
00f vcsr
015 seed
017 jvt
c00 cycle time instret
c20 vl vtype vlenb
c80 cycleh timeh instreth
100 sstatus - sedeleg sideleg sie stvec scounteren
10a senvcfg
10c sstateen0 sstateen1 sstateen2 sstateen3
140 sscratch sepc scause stval sip
14d stimecmp
150 siselect sireg
15c stopei stimecmph=15d
180 satp
5a8 scontext
da0 scountovf
db0 stopi
114 sieh
154 siph
600 hstatus - hedeleg hideleg hie htimedelta hcounteren hgeie hvien hvictl henvcfg
60c hstateen0 hstateen1 hstateen2 hstateen3
613 hidelegh
615 htimedeltah
618 hvienh
61a henvcfgh
61c hstateen0h hstateen1h hstateen2h hstateen3h
643 htval hip hvip hviprio1 hviprio2
64a htinst
653 hviph=655 hviprio1h=656 hviprio2h=657
680 hgatp
6a8 hcontext
e12 hgeip
200 vsstatus
204 vsie vstvec
214 vsieh
240 vsscratch vsepc vscause vstval vsip
24d vstimecmp
250 vsiselect vsireg
254 vsiph
25c vstopei vstimecmph
280 vsatp
eb0 vstopi
f11 mvendorid marchid mimpid mhartid mconfigptr
300 mstatus misa medeleg mideleg mie mtvec mcounteren
308 mvien mvip menvcfg=30a
30c mstateen0 mstateen1 mstateen2 mstateen3
310 mstatush
313 midelegh mieh
318 mvienh mviph
31a menvcfgh
31c mstateen0h mstateen1h mstateen2h mstateen3h
340 mscratch mepc mcause mtval mip
34a mtinst mtval2
350 miselect mireg
354 miph
35c mtopei
fb0 mtopi
747 mseccfg
757 mseccfgh
b00 mcycle
b02 minstret
b80 mcycleh
b82 minstreth
320 mcountinhibit
7a0 tselect tdata1 tdata2 tdata3 tinfo tcontrol
7a8 mcontext - mscontext=7aa
7b0 dcsr dpc dscratch0 dscratch1
"""
# Second names and registers of older editions that assemblers still take.
_ALIASES: Final[dict[str, int]] = {
    "sbadaddr": 0x143, "mbadaddr": 0x343, "sptbr": 0x180, "mucounteren": 0x320, "dscratch": 0x7B2, "etrigger": 0x7A1, "mcontrol": 0x7A1,
    "icount": 0x7A1, "itrigger": 0x7A1, "mcontrol6": 0x7A1, "tmexttrigger": 0x7A1, "textra32": 0x7A3, "textra64": 0x7A3,
    "ustatus": 0x000, "uie": 0x004, "utvec": 0x005, "uscratch": 0x040, "uepc": 0x041, "ucause": 0x042, "utval": 0x043, "uip": 0x044,
}


def _numbers() -> dict[str, int]:
    out: dict[str, int] = {}
    for line in _TEXT.split("\n"):
        words = line.split()
        if not words:
            continue
        number = int(words[0], 16)
        for word in words[1:]:
            name, _, explicit = word.partition("=")
            if explicit:
                out[name] = int(explicit, 16)
            elif word != "-":
                out[word] = number
            number += 1
    for n in range(3, 32):
        out[f"hpmcounter{n}"] = 0xC00 + n
        out[f"hpmcounter{n}h"] = 0xC80 + n
        out[f"mhpmcounter{n}"] = 0xB00 + n
        out[f"mhpmcounter{n}h"] = 0xB80 + n
        out[f"mhpmevent{n}"] = 0x320 + n
        out[f"mhpmevent{n}h"] = 0x720 + n
    for n in range(16):
        out[f"pmpcfg{n}"] = 0x3A0 + n
    for n in range(64):
        out[f"pmpaddr{n}"] = 0x3B0 + n
    out.update(_ALIASES)
    return out


NUMBERS: Final = _numbers()
