"""Progress of a `make` run: a bar with the file under way and the time left."""
from __future__ import annotations

import re
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

STEP = re.compile(r"^  ([A-Z][A-Z0-9_+]*)\s+(?:\[M\]\s+)?(\S+)\s*$")


class BuildProgress:
    """Feed it make's output line by line; counts compiled C files (`  CC  name`).  Without a number to expect, no time left is shown."""

    def __init__(self, console: Console, expected_files: int | None) -> None:
        self.console = console
        self.c_files = 0
        self.last = ""
        self._progress = Progress(TextColumn("[bold]{task.fields[step]:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                                  TextColumn("left"), TimeRemainingColumn(), TextColumn("{task.fields[file]}"),
                                  console=console, disable=not console.is_terminal)
        self._task = self._progress.add_task("build", total=expected_files, step="", file="")

    def __enter__(self) -> BuildProgress:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()

    def line(self, line: str) -> None:
        """One line of make's standard output."""
        m = STEP.match(line)
        if m is None:
            return
        step, name = m.group(1), m.group(2)
        self.last = f"{step} {name}"
        if step == "CC":
            self.c_files += 1
            if not self.console.is_terminal and self.c_files % 50 == 0:
                self.console.print(f"{self.c_files} C files, at {name}")
        self._progress.update(self._task, completed=self.c_files, step=step, file=name)
