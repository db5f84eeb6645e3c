"""What gcc writes, through GNU as and through ours: the objects must be equal.

    python tests/as/sweep.py DIRECTORY|FILE ... [--target x86_64|i386|riscv64] [--options "-O2 -g"] ... [--every N] [--first N] [--keep DIR]

Every *.c below the folders named (every N-th, from the first on) is compiled with `gcc -S` and each set of options; files that end in .s or .S are
assembled as they are.  Compared are sections (name, type, flags, alignment, entry size), their bytes, relocations in order (offset, type, symbol,
addend) and the symbol table in order.  A line per difference, figures at the end; exit status 1 if anything differs.  --keep leaves the
texts that differ in a folder.  Without --options every set of the target is taken.  Needs gcc and GNU as of the target.
"""
from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent)]
sys.path.append(str(Path(__file__).parents[2]))         # behind PYTHONPATH: another build may be tested

from asm_helpers import Comparable, comparable  # noqa: E402

from toolchain.assembler import main as our_assembler  # noqa: E402
from toolchain.context import ToolContext  # noqa: E402
from toolchain.elf.reader import read  # noqa: E402


class Oracle:
    """gcc and GNU as of one target, and the options under which gcc's output is compared."""

    def __init__(self, compiler: list[str], assembler: list[str], ours: list[str], sets: list[str]) -> None:
        self.compiler = compiler
        self.assembler = assembler
        self.ours = ours
        self.sets = sets

    def installed(self) -> bool:
        """Whether both programs are there."""
        return shutil.which(self.compiler[0]) is not None and is_installed(self.assembler)


def is_installed(assembler: list[str]) -> bool:
    """Whether GNU as is there, in the version whose bytes ours has."""
    if shutil.which(assembler[0]) is None:
        return False
    done = subprocess.run([assembler[0], "--version"], capture_output=True, text=True)
    return " 2.40" in done.stdout.split("\n")[0]


ORACLES = {
    "x86_64": Oracle(["gcc", "-m64"], ["as", "--64"], ["--64"],
                     ["-O2", "-O0", "-O3 -march=haswell", "-O2 -g", "-O2 -fPIC", "-O2 -masm=intel"]),
    "i386": Oracle(["gcc", "-m32"], ["as", "--32"], ["--32"], ["-Os", "-O2 -fPIC -g", "-O3 -march=haswell"]),
    "riscv64": Oracle(["riscv64-linux-gnu-gcc"], ["riscv64-linux-gnu-as"], ["--target=riscv64-linux-gnu"], ["-O2", "-Os", "-O2 -g"]),
}


def compile_text(oracle: Oracle, source: Path, options: str, folder: Path) -> str | None:
    """What gcc makes of a file; None if it refuses it."""
    text = folder / "sweep.s"
    done = subprocess.run([*oracle.compiler, *options.split(), "-w", "-S", "-o", str(text), str(source)], capture_output=True, cwd=folder)
    return text.read_text("latin-1") if done.returncode == 0 else None


def gnu_object(oracle: Oracle, text: str, folder: Path) -> Comparable | None:
    """GNU as's object; None if it refuses the text."""
    out = folder / "gnu.o"
    done = subprocess.run([*oracle.assembler, "-o", str(out), "-"], input=text.encode("latin-1"), capture_output=True, cwd=folder)
    return comparable(read(out.read_bytes(), "gnu.o")) if done.returncode == 0 else None


def our_object(oracle: Oracle, text: str, folder: Path) -> tuple[Comparable | None, str]:
    """Our object, and what was printed."""
    errors = io.StringIO()
    context = ToolContext(str(folder), {}, io.BytesIO(text.encode("latin-1")), io.BytesIO(), errors)
    if our_assembler([*oracle.ours, "-o", "ours.o", "-"], context) != 0:
        return None, errors.getvalue()
    return comparable(read((folder / "ours.o").read_bytes(), "ours.o")), errors.getvalue()


def differences(ours: Comparable, theirs: Comparable) -> list[str]:
    """What is not equal, a line each."""
    out: list[str] = []
    if ours[0] != theirs[0]:
        out += [f"section: ours {a}, GNU {b}" for a, b in _unequal(ours[0], theirs[0])]
    for name, (data, relocations) in theirs[1].items():
        if name not in ours[1]:
            continue
        mine, fixups = ours[1][name]
        if mine != data:
            place = next((i for i, (x, y) in enumerate(zip(mine, data)) if x != y), min(len(mine), len(data)))
            out.append(f"{name}+{place:#x}: ours {mine[max(0, place - 4):place + 12].hex()}, GNU {data[max(0, place - 4):place + 12].hex()}")
        out += [f"relocation in {name}: ours {a}, GNU {b}" for a, b in _unequal(fixups, relocations)]
    out += [f"symbol: ours {a}, GNU {b}" for a, b in _unequal(ours[2], theirs[2])]
    return out


def _unequal(ours: list[object], theirs: list[object]) -> list[tuple[object, object]]:
    """The first unequal pair of two lists."""
    for a, b in zip(ours, theirs):
        if a != b:
            return [(a, b)]
    if len(ours) != len(theirs):
        n = min(len(ours), len(theirs))
        return [(ours[n] if n < len(ours) else None, theirs[n] if n < len(theirs) else None)]
    return []


def compare(oracle: Oracle, text: str, folder: Path) -> list[str] | None:
    """What differs between both assemblers' objects; None if GNU as refuses the text."""
    theirs = gnu_object(oracle, text, folder)
    if theirs is None:
        return None
    ours, message = our_object(oracle, text, folder)
    return [f"refused: {line}" for line in message.split("\n") if "rror:" in line][:3] or ["refused"] if ours is None else differences(ours, theirs)


def sources(paths: list[str], every: int, first: int) -> list[Path]:
    """The files named, and a sample of those below folders."""
    out: list[Path] = []
    for name in paths:
        path = Path(name).resolve()
        out += [path] if path.is_file() else sorted(path.rglob("*.c"))[first::every]
    return out


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--target", choices=sorted(ORACLES), default="x86_64")
    parser.add_argument("--options", action="append")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    oracle = ORACLES[arguments.target]
    if not oracle.installed():
        print(f"needs {oracle.compiler[0]} and {oracle.assembler[0]} 2.40", file=sys.stderr)
        return 1
    total = bad = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for options in arguments.options or oracle.sets:
            equal = unequal = refused = 0
            for path in sources(arguments.paths, arguments.every, arguments.first):
                text = path.read_text("latin-1") if path.suffix.lower() == ".s" else compile_text(oracle, path, options, folder)
                found = None if text is None else compare(oracle, text, folder)
                if text is None or found is None:
                    refused += 1
                    continue
                if not found:
                    equal += 1
                    continue
                unequal += 1
                for line in found:
                    print(f"{path.name} [{options}]: {line}", flush=True)
                if arguments.keep:
                    arguments.keep.mkdir(parents=True, exist_ok=True)
                    (arguments.keep / f"{path.stem}{''.join(options.split())}.s").write_text(text, "latin-1")
            print(f"{options}: {equal} equal, {unequal} differ, {refused} not accepted by gcc or GNU as", flush=True)
            total += equal + unequal
            bad += unequal
    print(f"{arguments.target}: {total - bad} of {total} objects equal")
    return 1 if bad or not total else 0


if __name__ == "__main__":
    sys.exit(main())
