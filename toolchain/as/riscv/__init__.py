"""Assembly text of RISC-V."""
