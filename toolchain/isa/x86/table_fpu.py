"""x87 (Intel SDM volume 2), in the notation of `table_base`.  STi is a register in the opcode's last byte.

AT&T's old mix-up is kept, as all assemblers do: with the destination in %st(i), `fsub` and `fsubr` (and
`fdiv`, `fdivr`) change places.
"""
from __future__ import annotations

from typing import Final


def _arith() -> str:
    lines: list[str] = []
    for i, name in enumerate(("fadd", "fmul", "fcom", "fcomp", "fsub", "fsubr", "fdiv", "fdivr")):
        lines += [f"{name} Ml | D8 /{i} | s=s", f"{name} Mq | DC /{i} | s=l noW", f"fi{name[1:]} Mw | DE /{i} | s=s p=0", f"fi{name[1:]} Ml | DA /{i} | s=l"]
        lines.append(f"{name} ST,STi | D8 {0xC0 + 8 * i:02X} |")
        if name not in ("fcom", "fcomp"):
            lines.append(f"{name} STi,ST | DC {0xC0 + 8 * i:02X} |")
            lines.append(f"{name}p STi,ST | DE {0xC0 + 8 * i:02X} |")
            lines.append(f"{name}p STi | DE {0xC0 + 8 * i:02X} |")
            lines.append(f"{name}p | DE {0xC1 + 8 * i:02X} |")
            lines.append(f"{name} | DE {0xC1 + 8 * i:02X} |")
        else:
            lines.append(f"{name} | D8 {0xC1 + 8 * i:02X} |")
        lines.append(f"{name} STi | D8 {0xC0 + 8 * i:02X} |")
    return "\n".join(lines)


TABLE: Final = _arith() + """
fld Ml | D9 /0 | s=s
fld Mq | DD /0 | s=l noW
fld M | DB /5 | s=t
fld STi | D9 C0 |
fst Ml | D9 /2 | s=s
fst Mq | DD /2 | s=l noW
fst STi | DD D0 |
fstp Ml | D9 /3 | s=s
fstp Mq | DD /3 | s=l noW
fstp M | DB /7 | s=t
fstp STi | DD D8 |
fild Mw | DF /0 | s=s p=0
fild Ml | DB /0 | s=l
fild Mq | DF /5 | s=ll noW
fild Mq | DF /5 | s=q noW alias
fist Mw | DF /2 | s=s p=0
fist Ml | DB /2 | s=l
fistp Mw | DF /3 | s=s p=0
fistp Ml | DB /3 | s=l
fistp Mq | DF /7 | s=ll noW
fistp Mq | DF /7 | s=q noW alias
fisttp Mw | DF /1 | s=s p=0
fisttp Ml | DB /1 | s=l
fisttp Mq | DD /1 | s=ll noW
fisttp Mq | DD /1 | s=q noW alias
fbld M | DF /4 |
fbstp M | DF /6 |
fxch | D9 C9 |
fxch STi | D9 C8 |
fucom STi | DD E0 |
fucom | DD E1 |
fucomp STi | DD E8 |
fucomp | DD E9 |
fucompp | DA E9 |
fcompp | DE D9 |
fucomi ST,STi | DB E8 |
fucomi STi | DB E8 |
fucomi | DB E9 |
fcomi ST,STi | DB F0 |
fcomi STi | DB F0 |
fcomi | DB F1 |
fucomip ST,STi | DF E8 |
fucomip STi | DF E8 |
fucomip | DF E9 |
fucompi ST,STi | DF E8 |
fucompi STi | DF E8 |
fucompi | DF E9 |
fcomip ST,STi | DF F0 |
fcomip STi | DF F0 |
fcomip | DF F1 |
fcompi ST,STi | DF F0 |
fcompi STi | DF F0 |
fcompi | DF F1 |
fcmovb ST,STi | DA C0 |
fcmove ST,STi | DA C8 |
fcmovbe ST,STi | DA D0 |
fcmovu ST,STi | DA D8 |
fcmovnb ST,STi | DB C0 |
fcmovae ST,STi | DB C0 | alias
fcmovne ST,STi | DB C8 |
fcmovnbe ST,STi | DB D0 |
fcmova ST,STi | DB D0 | alias
fcmovnu ST,STi | DB D8 |
ffree STi | DD C0 |
ffreep STi | DF C0 |
fchs | D9 E0 |
fabs | D9 E1 |
ftst | D9 E4 |
fxam | D9 E5 |
fld1 | D9 E8 |
fldl2t | D9 E9 |
fldl2e | D9 EA |
fldpi | D9 EB |
fldlg2 | D9 EC |
fldln2 | D9 ED |
fldz | D9 EE |
f2xm1 | D9 F0 |
fyl2x | D9 F1 |
fptan | D9 F2 |
fpatan | D9 F3 |
fxtract | D9 F4 |
fprem1 | D9 F5 |
fdecstp | D9 F6 |
fincstp | D9 F7 |
fprem | D9 F8 |
fyl2xp1 | D9 F9 |
fsqrt | D9 FA |
fsincos | D9 FB |
frndint | D9 FC |
fscale | D9 FD |
fsin | D9 FE |
fcos | D9 FF |
fnop | D9 D0 |
fnclex | DB E2 |
fclex | 9B DB E2 |
fninit | DB E3 |
finit | 9B DB E3 |
fwait | 9B |
wait | 9B | alias
fnstcw M | D9 /7 |
fstcw M | 9B D9 /7 |
fldcw M | D9 /5 |
fnstsw AX | DF E0 | p=0
fnstsw | DF E0 | p=0
fstsw AX | 9B DF E0 | p=0
fstsw | 9B DF E0 | p=0
fnstsw M | DD /7 |
fstsw M | 9B DD /7 |
fnstenv M | D9 /6 |
fstenv M | 9B D9 /6 |
fldenv M | D9 /4 |
fnsave M | DD /6 |
fsave M | 9B DD /6 |
frstor M | DD /4 |
emms | 0F 77 |
femms | 0F 0E |
"""
