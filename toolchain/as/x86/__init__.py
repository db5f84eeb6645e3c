"""x86 assembly text (AT&T syntax)."""
