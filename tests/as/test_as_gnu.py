"""Our objects against those of GNU as 2.40: sections, relocations and symbol tables must be equal."""
from __future__ import annotations

import random
from pathlib import Path

import pytest
from asm_helpers import assemble, comparable, gnu, run
from sweep import is_installed

CORPUS = Path(__file__).parent / "corpus"
needs_gnu = pytest.mark.skipif(not is_installed(["riscv64-linux-gnu-as"]), reason="riscv64-linux-gnu-as 2.40 is not installed")


@needs_gnu
@pytest.mark.parametrize("relax", ["-mrelax", "-mno-relax"])
@pytest.mark.parametrize("name", sorted(p.name for p in CORPUS.glob("*.s")))
def test_corpus(name: str, relax: str, tmp_path: Path) -> None:
    text = (CORPUS / name).read_text()
    assert comparable(assemble(text, "-march=rv64gcv", relax)) == comparable(gnu(text, tmp_path, "-march=rv64gcv", relax))


WORDS = ["(", ")", '"', "'", "\\", ".macro", ".endm", ".if", ".endif", ".rept 3", ".endr", "%lo(", ",", ";", ":", "1f", "0x", "-", "/", "<<",
         ".set x,x", ".org 0", ".align 40", ".fill -1", ".space 1<<40", ".section", "@", "#", "/*", "*/", "a0", ".", "9" * 30, "\0", "\udcff", "$",
         "==", ".cfi_endproc", ".popsection", ".else", "\\@", ".irp", ".exitm", ".uleb128 a-b", ".loc 1 2", ".insn r", ".option pop",
         ".altmacro", '.incbin "/"', ".weakref b,a", ".set a,b", ".set b,a", "vsetvli a0,a1,"]


def mutate(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(rng.choice([1, 1, 2, 4])):
        k = rng.randrange(len(lines))
        line = lines[k]
        how = rng.randrange(6)
        if how == 0 and line:
            p = rng.randrange(len(line))
            lines[k] = line[:p] + rng.choice(WORDS) + line[p:]
        elif how == 1 and line:
            p = rng.randrange(len(line))
            lines[k] = line[:p] + line[p + rng.randrange(1, 5):]
        elif how == 2:
            lines.insert(k, rng.choice(WORDS))
        elif how == 3:
            del lines[k]
        elif how == 4:
            lines.insert(k, rng.choice(lines))
        else:
            lines[k] = " ".join(rng.choices(WORDS + line.split(), k=4))
        lines = lines or [""]
    return "\n".join(lines)


@pytest.mark.parametrize("name", sorted(p.name for p in CORPUS.glob("*.s")))
def test_bad_input_is_refused_with_a_message(name: str) -> None:
    rng = random.Random(name)
    text = (CORPUS / name).read_text()
    for _ in range(25):
        bad = mutate(text, rng)
        status, context = run(bad, "-march=rv64gc")
        assert status in (0, 1), bad
        assert bool(context.written) == (status == 0), bad
        assert status == 0 or "error:" in context.errors.getvalue(), bad
