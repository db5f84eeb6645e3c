/* What init asks of Linux on RISC-V beyond the generic system calls. */
#include "riscv64_start.h"

#define SIGNAL_RESTORER 0
#define POWER_OFF 0x4321fedc
