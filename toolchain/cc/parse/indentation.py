"""-Wmisleading-indentation and -Wmultistatement-macros: what stands behind a guarded statement and looks as if it were guarded too."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from toolchain.diagnostics import Loc, Location

if TYPE_CHECKING:
    from toolchain.cc.parse.core import Core


_SUSPECT: Final = re.compile(
    r"^([ \t]*)(?:\}[ \t]*)?(?:else[ \t]+)?(?:if|for|while|else)\b[^\n{]*(?:/\*[^\n]*)?\n([ \t]+)[^ \t\n{}#/][^\n]*;[^\n]*\n\2[^ \t\n}#/]"
    r"|^[ \t]*(?:if|while|else)\b[^\n{;]*;[ \t]*[^ \t\n};/\\]"
    r"|^[ \t]*(?:if|for|while)\b[^\n{]*\)[ \t]*;[ \t]*(?:\{|\n[ \t]+[^ \t\n])", re.M)
"""Text in which a statement may look guarded that is not: places are found out only in files that have some, as that takes time."""
_STATEMENTS: Final = re.compile(r"^[ \t]*#[ \t]*define[ \t]+\w+(?:\([^)\n]*\))?(?:[ \t]|\\\n)++(?!do\b|\{|\()(?:[^\n\\]|\\\n)*?;(?:[ \t]|\\\n)*+[^ \t\n\\/]", re.M)
"""A macro of several statements."""


class GuardChecks:
    """See the module's docstring."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.indentation = "misleading-indentation" in core.warnings
        self.macros = "multistatement-macros" in core.warnings
        frame = core.pp.main_frame
        if frame is not None and (self.indentation or self.macros):
            raw = frame.record.raw
            self.indentation = self.indentation and _SUSPECT.search(raw) is not None
            self.macros = self.macros and _STATEMENTS.search(raw) is not None
        self.active = self.indentation or self.macros

    def check(self, what: str, guard: Loc, body: Loc, body_text: str) -> None:
        """A statement that begins at `body` with `body_text`, guarded by the keyword `what` at `guard`, has been read; the cursor is behind it."""
        core = self.core
        token = core.tokens[core.pos]
        following = token.sym.text
        if body_text == "{" or following in ("}", "else", ";", "\0", "") or core.is_system(guard):
            return
        locations = core.diagnostics.locations
        at_body = locations.resolve(body)
        at_next = locations.resolve(core.loc())
        if _expansion(at_body) is not None or _expansion(at_next) is not None:
            if self.macros:
                self._macro(what, guard, body, at_body, at_next)
            return
        at_guard = locations.resolve(guard)
        if (at_body.line, at_body.column) == (at_next.line, at_next.column):
            if self.macros and body != core.loc() and core.warn("multistatement-macros", body, "macro expands to multiple statements"):
                core.diagnostics.note(guard, f"some parts of macro expansion are not guarded by this '{what}' clause")
            return                  # one argument of a macro, twice
        if not self.indentation or _expansion(at_guard) is not None or not at_guard.file == at_body.file == at_next.file:
            return
        if self._misleading(at_guard, at_body, at_next, body_text, following, locations.resolve(core.loc() - 1).line):
            if core.warn("misleading-indentation", guard, f"this '{what}' clause does not guard..."):
                core.diagnostics.note(core.loc(), f"...this statement, but the latter is misleadingly indented as if it were guarded by the '{what}'")

    def _misleading(self, guard: Location, body: Location, after: Location, body_text: str, following: str, last_line: int) -> bool:
        """gcc's should_warn_for_misleading_indentation."""
        if after.line == body.line:
            return guard.line < body.line or self._indent(guard) == self._column(guard)
        if after.line < body.line or after.line - last_line > 1:
            return False            # what stands between may be meant to part them
        column = self._column(after)
        if self._indent(after) != column:
            return False
        start = self._indent(guard)
        if body_text != ";" and column == self._column(body):
            return start < column and (self._column(guard) < column or "else" in guard.text[:guard.column + 3])
        if body_text == ";" and body.line == guard.line:
            return column > start or (following == "{" and column == start)
        return False

    def _column(self, where: Location) -> int:
        return len(where.text[:where.column - 1].expandtabs(self.core.diagnostics.tab_stop))

    def _indent(self, where: Location) -> int:
        text = where.text.expandtabs(self.core.diagnostics.tab_stop)
        return len(text) - len(text.lstrip())

    def _macro(self, what: str, guard: Loc, body: Loc, at_body: Location, at_next: Location) -> None:
        shared = _expansions(at_body) & _expansions(at_next)
        if not shared - _expansions(self.core.diagnostics.locations.resolve(guard)):
            return
        if self.core.warn("multistatement-macros", body, "macro expands to multiple statements"):
            self.core.diagnostics.note(guard, f"some parts of macro expansion are not guarded by this '{what}' clause")


def _expansion(where: Location) -> Location | None:
    """The outermost macro expansion that a place comes from."""
    found = [outer for phrase, outer in where.chain if "macro" in phrase]
    return found[-1] if found else None


def _expansions(where: Location) -> set[tuple[tuple[str, str, int, int], ...]]:
    """All macro expansions that a place comes through, each with those around it: a macro expands anew in each expansion of another."""
    points = [(phrase, outer.file, outer.line, outer.column) for phrase, outer in where.chain if "macro" in phrase]
    return {tuple(points[k:]) for k in range(len(points))}
