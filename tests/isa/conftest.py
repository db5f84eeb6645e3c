"""Makes `asm_helpers` importable by the tests of this folder and of tests/isa and tests/mc."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "as"))
