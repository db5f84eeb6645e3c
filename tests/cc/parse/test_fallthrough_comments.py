"""Comments that silence -Wimplicit-fallthrough: the levels of gcc's manual (lines as gcc 12 warns about them)."""
from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from toolchain.context import ToolContext
from toolchain.driver.main import main as driver

SOURCE = """\
void g(int);
#define C case
void f(int x)
{
  switch (x) {
  case 1: g(1); /* FALLTHROUGH */
  case 2: { g(2); /* fall through */ }
  case 3: { g(3); } /* falls through - reason */
  case 4: g(4); /* fall through */ /* other */
  case 5: g(5); // Else, fallthru
  case 6: g(6); /* fall through
     more */
  case 7: g(7); /* fall through */
#ifdef FOO
  case 70: g(7);
#endif
  case 8: g(8); /* FALLTHRU */
  lab: case 9: g(9); /* lint -fallthrough */
  case 10: g(10); /*-fallthrough*/
  case 11: g(11); /* please fall through here */
  case 12: g(12); /* fallthrough */ ;
  case 13: g(13); /* anything */
  case 14: g(14); /* fall through */
  C 15: g(15); /* fall through */
  default: g(16); /* fall through */
  }
  if (x) goto lab;
}
"""


@pytest.mark.parametrize(("option", "lines"), [
    ("-Wimplicit-fallthrough=1", [7, 13, 21, 23]),
    ("-Wimplicit-fallthrough=2", [7, 13, 21, 22, 23]),
    ("-Wimplicit-fallthrough", [7, 11, 13, 18, 20, 21, 22, 23]),
    ("-Wextra", [7, 11, 13, 18, 20, 21, 22, 23]),
    ("-Wimplicit-fallthrough=4", [7, 8, 9, 10, 11, 13, 18, 20, 21, 22, 23, 24]),
    ("-Wimplicit-fallthrough=5", [6, 7, 8, 9, 10, 11, 13, 17, 18, 19, 20, 21, 22, 23, 24]),
    ("-Wimplicit-fallthrough=0", []),
])
def test_levels(tmp_path: Path, option: str, lines: list[int]) -> None:
    (tmp_path / "a.c").write_text(SOURCE)
    errors = io.StringIO()
    context = ToolContext(str(tmp_path), {}, io.BytesIO(), io.BytesIO(), errors)
    assert driver(["-fsyntax-only", option, "a.c"], context) == 0
    assert [int(n) for n in re.findall(r"^a\.c:(\d+):\d+: warning: this statement may", errors.getvalue(), re.M)] == lines
    assert errors.getvalue().count("note: here") == len(lines)
