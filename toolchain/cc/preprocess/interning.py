"""The one class of the preprocessor that must stay uncompiled: a dict that makes what it misses.

`list(map(table.__getitem__, keys))` runs at C speed only if the table is a real `dict`, whose
`__missing__` CPython calls for new keys; mypyc's native classes cannot extend `dict`.
"""
# mypyc: interpreted
from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class MakingDict(dict[str, V], Generic[V]):
    """A dict from str whose missing values are made by `make(key)` and kept."""

    def __init__(self, make: Callable[[str], V]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: str) -> V:
        value = self._make(key)
        self[key] = value
        return value
