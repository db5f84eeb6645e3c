"""Watches what a command starts, by ptrace: every program executed below it, and the memory of each.

    python -m boot.watch REPORT COMMAND...

writes to REPORT, when COMMAND has ended, one line of JSON: `programs` (real path of each executable
-> times started) and `peak_rss` (path -> largest resident set of one process, in bytes).  Scripts
appear as their interpreter.  ptrace(2) stops the processes at fork, exec and exit only, so the cost is
a few microseconds each.  Linux on any architecture; needs no privilege beyond ptrace of own children.
"""
from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from typing import Final

PTRACE_TRACEME: Final = 0
PTRACE_CONT: Final = 7
PTRACE_SETOPTIONS: Final = 0x4200
O_FORK: Final = 0x2
O_VFORK: Final = 0x4
O_CLONE: Final = 0x8
O_EXEC: Final = 0x10
O_EXIT: Final = 0x40
O_EXITKILL: Final = 0x100000
EVENT_EXEC: Final = 4
EVENT_EXIT: Final = 6
WALL: Final = 0x40000000


class Watcher:
    """Traces one command and all its descendants."""

    def __init__(self) -> None:
        self.programs: dict[str, int] = {}
        self.peak_rss: dict[str, int] = {}
        self._current: dict[int, str] = {}
        self._ptrace = ctypes.CDLL(None, use_errno=True).ptrace
        self._ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self._ptrace.restype = ctypes.c_long

    def run(self, command: list[str]) -> int:
        """Run `command`; returns its exit status (128 + signal if it was killed)."""
        root = os.fork()
        if root == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            self._ptrace(PTRACE_TRACEME, 0, None, None)
            os.kill(os.getpid(), signal.SIGSTOP)
            try:
                os.execvp(command[0], command)
            except OSError as e:
                sys.stderr.write(f"{command[0]}: {e.strerror}\n")
                os._exit(127)
        os.waitpid(root, 0)
        options = O_FORK | O_VFORK | O_CLONE | O_EXEC | O_EXIT | O_EXITKILL
        self._ptrace(PTRACE_SETOPTIONS, root, None, options)
        self._ptrace(PTRACE_CONT, root, None, None)
        status = 0
        while True:
            try:
                pid, state = os.waitpid(-1, WALL)
            except ChildProcessError:
                return status
            except InterruptedError:
                continue
            if os.WIFEXITED(state) or os.WIFSIGNALED(state):
                if pid == root:
                    status = os.WEXITSTATUS(state) if os.WIFEXITED(state) else 128 + os.WTERMSIG(state)
                self._current.pop(pid, None)
            elif os.WIFSTOPPED(state):
                self._stopped(pid, state)

    def _stopped(self, pid: int, state: int) -> None:
        event = state >> 16
        deliver = 0
        if event == EVENT_EXEC:
            self._executed(pid)
        elif event == EVENT_EXIT:
            self._exiting(pid)
        elif event == 0:
            number = os.WSTOPSIG(state)
            # A new child announces itself by SIGSTOP; any other signal is the program's own.
            deliver = 0 if number in (signal.SIGSTOP, signal.SIGTRAP) else number
        self._ptrace(PTRACE_CONT, pid, None, deliver)

    def _executed(self, pid: int) -> None:
        try:
            path = os.readlink(f"/proc/{pid}/exe")
        except OSError:
            return
        self._current[pid] = path
        self.programs[path] = self.programs.get(path, 0) + 1

    def _exiting(self, pid: int) -> None:
        path = self._current.get(pid)
        try:
            if path is None:            # forked without exec: it runs its parent's program
                path = os.readlink(f"/proc/{pid}/exe")
            with open(f"/proc/{pid}/status", "rb") as f:
                for line in f:
                    if line.startswith(b"VmHWM:"):
                        peak = int(line.split()[1]) * 1024
                        if peak > self.peak_rss.get(path, 0):
                            self.peak_rss[path] = peak
                        return
        except OSError:
            return


def main(argv: list[str]) -> int:
    """Entry: REPORT COMMAND..."""
    watcher = Watcher()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    status = watcher.run(argv[1:])
    with open(argv[0], "w", encoding="utf-8") as f:
        json.dump({"programs": watcher.programs, "peak_rss": watcher.peak_rss}, f, sort_keys=True)
        f.write("\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
