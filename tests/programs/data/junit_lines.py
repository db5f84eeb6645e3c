"""Print a line per test of a JUnit report, sorted: its name and how it went."""
from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree


def outcome(case: ElementTree.Element) -> str:
    """`passed`, or what the report says of the test."""
    for kind in ("error", "failure", "skipped"):
        if case.find(kind) is not None:
            return kind
    return "passed"


def main(path: str) -> None:
    """See the module's docstring.  The addresses in names of subtests are left out."""
    cases = ElementTree.parse(path).getroot().iter("testcase")
    lines = sorted(f"{outcome(case):8}{case.get('name')}" for case in cases)
    kinds = [line.split()[0] for line in lines]
    print(*lines, sep="\n")
    print(f"{len(lines)} tests:", *(f"{kinds.count(k)} {k}" for k in sorted(set(kinds))))


if __name__ == "__main__":
    main(sys.argv[1])
