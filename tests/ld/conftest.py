"""Lets the tests of this directory import `ld_helpers`."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
