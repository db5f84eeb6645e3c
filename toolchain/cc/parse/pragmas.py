"""The state that `#pragma` sets, as of any place in the unit.

pack, visibility and diagnostic suppression are states of ranges of source; `PragmaStates.at(index)`
gives them for a token index.  weak and redefine_extname are facts about names, collected once.
"""
from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from toolchain.cc.parse.attributes import VISIBILITIES
from toolchain.cc.parse.literals import decode
from toolchain.cc.parse.warning_options import canonical, members

if TYPE_CHECKING:
    from toolchain.cc.preprocess.unit import LazyFunction, Pragma, PreprocessedUnit
    from toolchain.diagnostics import Diagnostics, Loc

_SEVERITIES: Final = {"ignored": 0, "warning": 1, "error": 2}


class PragmaState:
    """`pack` in bytes (0: none), `visibility` as STV_ value (-1: none), and what `GCC diagnostic` made of which warnings
    (as in `diagnostics.WarningJudge`; never changed once made)."""

    def __init__(self, pack: int, visibility: int, severities: dict[str, int]) -> None:
        self.pack = pack
        self.visibility = visibility
        self.severities = severities


NEUTRAL = PragmaState(0, -1, {})


class PragmaStates:
    """All states of one unit, and the names that weak and redefine_extname mention."""

    def __init__(self, pragmas: list[Pragma], diagnostics: Diagnostics, known_warnings: bool, pack: int = 0) -> None:
        self.diagnostics = diagnostics
        self.indices: list[int] = []
        self.states: list[PragmaState] = []
        self.weak: dict[str, str] = {}
        """Name to alias target ("" for none)."""
        self.extnames: dict[str, str] = {}
        self._pack_stack: list[tuple[str, int]] = []
        self._visibility_stack: list[int] = []
        self._severities_stack: list[dict[str, int]] = []
        self.wanted: set[str] = set()
        """Warnings that some pragma turns on."""
        self.judged = False
        """Some pragma speaks of a warning."""
        self._start = PragmaState(pack, -1, {}) if pack else NEUTRAL
        self._state = self._start
        self._warn_unknown = known_warnings
        self._follow(pragmas)

    def _follow(self, pragmas: list[Pragma]) -> None:
        for p in pragmas:
            self._one(p)
            self.indices.append(p.index)
            self.states.append(self._state)

    def inside(self, function: LazyFunction) -> PragmaStates:
        """The states inside a function that waited, from its own `_Pragma`s; indices into its tokens."""
        inner = PragmaStates([], self.diagnostics, self._warn_unknown)
        inner._start = inner._state = self.after(function.pragma_count)
        inner._follow(function.pragmas)
        return inner

    def at(self, index: int) -> PragmaState:
        """The state in force at token `index`."""
        if not self.indices:
            return self._start
        return self.after(bisect_right(self.indices, index))

    def after(self, count: int) -> PragmaState:
        """The state in force after the first `count` pragmas."""
        return self.states[count - 1] if count > 0 else self._start

    def _one(self, p: Pragma) -> None:
        words = [t.sym.text for t in p.tokens]
        if not words:
            return
        if words[0] == "pack":
            self._pack(words, p)
        elif words[0] == "weak" and len(words) >= 2:
            self.weak[words[1]] = words[3] if len(words) >= 4 and words[2] == "=" else ""
        elif words[0] == "redefine_extname" and len(words) >= 3:
            self.extnames[words[1]] = words[2]
        elif words[0] == "GCC" and len(words) >= 2:
            self._gcc(words, p)
        elif words[0] in ("STDC", "omp", "GCC", "clang", "once", "message", "push_macro", "pop_macro", "scalar_storage_order"):
            pass
        elif self._warn_unknown and not p.system:
            shown = words[0] + (" " + words[1] if len(words) > 1 and words[1].isidentifier() else "")
            self.diagnostics.warning(p.loc, f"ignoring '#pragma {shown}'",
                                     "unknown-pragmas")

    def _gcc(self, words: list[str], p: Pragma) -> None:
        state = self._state
        what = words[1]
        if what == "visibility" and len(words) >= 3:
            if words[2] == "push" and len(words) >= 5:
                self._visibility_stack.append(state.visibility)
                self._state = PragmaState(state.pack, VISIBILITIES.get(words[4], 0), state.severities)
            elif words[2] == "pop" and self._visibility_stack:
                self._state = PragmaState(state.pack, self._visibility_stack.pop(), state.severities)
            else:
                self.diagnostics.warning(p.loc, "no matching push for '#pragma GCC visibility pop'", "pragmas")
        elif what == "diagnostic" and len(words) >= 3:
            action = words[2]
            if action == "push":
                self._severities_stack.append(state.severities)
            elif action == "pop":
                if self._severities_stack:
                    self._state = PragmaState(state.pack, state.visibility, self._severities_stack.pop())
            elif len(words) >= 4 and words[3].startswith('"-W') and action in _SEVERITIES:
                names = members(canonical(bytes(decode(words[3], 1, [])).decode()[2:]))
                self.judged = True
                if action != "ignored":
                    self.wanted |= names
                self._state = PragmaState(state.pack, state.visibility, {**state.severities, **dict.fromkeys(names, _SEVERITIES[action])})

    def _pack(self, words: list[str], p: Pragma) -> None:
        state = self._state
        args = [w for w in words[1:] if w not in ("(", ")", ",")]
        pack = state.pack
        if not args:
            pack = self._start.pack
        elif args[0] == "push":
            name = args[1] if len(args) > 1 and not args[1].isdigit() else ""
            self._pack_stack.append((name, pack))
            if args[-1].isdigit():
                pack = int(args[-1])
        elif args[0] == "pop":
            name = args[1] if len(args) > 1 else ""
            if not self._pack_stack:
                self.diagnostics.warning(p.loc, "#pragma pack (pop) encountered without matching #pragma pack (push)", "")
                return
            while self._pack_stack:
                at, pack = self._pack_stack.pop()
                if not name or at == name:
                    break
        elif args[0].isdigit():
            pack = int(args[0])
            if pack & (pack - 1) or pack > 16:
                self.diagnostics.warning(p.loc, "alignment must be a small power of two, not " + args[0], "pragmas")
                return
        else:
            self.diagnostics.warning(p.loc, "malformed '#pragma pack' - ignored", "pragmas")
            return
        self._state = PragmaState(pack, state.visibility, state.severities)


class PragmaJudge:
    """What `#pragma GCC diagnostic` makes of a warning at a place; see `toolchain.diagnostics.WarningJudge`."""

    def __init__(self, pragmas: PragmaStates, pp: PreprocessedUnit, enabled: frozenset[str]) -> None:
        self.pragmas = pragmas
        self.first = pp.loc_base
        self.count = len(pp.tokens)
        self.off = frozenset(pragmas.wanted - enabled)
        self.current = NEUTRAL
        """The state where the parser is: for places that are no token of the unit's own."""
        self._bases: list[Loc] = []
        self._functions: list[tuple[PragmaStates, int]] = []
        """States and number of tokens of the functions that waited and have pragmas; `_bases` are their first tokens' places."""

    def add_function(self, states: PragmaStates, base: Loc, count: int) -> None:
        """From now on judge by these states the places of a function's tokens, `count` from `base`; those asked for later
        are behind those asked for before."""
        self._bases.append(base)
        self._functions.append((states, count))

    def _state(self, loc: Loc) -> PragmaState:
        offset = loc - self.first
        if 0 <= offset < self.count:
            return self.pragmas.at(offset)
        i = bisect_right(self._bases, loc) - 1
        if i >= 0:
            states, count = self._functions[i]
            if loc - self._bases[i] < count:
                return states.at(loc - self._bases[i])
        return self.current

    def severity(self, loc: Loc, option: str) -> int:
        """See `WarningJudge`."""
        state = self._state(loc)
        found = state.severities.get(option)
        if found is not None:
            return found
        return 0 if option in self.off else -1
