"""The tables of dynamic linking as bytes: hash tables, symbol versions (gABI; the GNU extensions as glibc reads them)."""
from __future__ import annotations

import struct
from collections.abc import Sequence

from toolchain.elf.constants import VER_DEF_CURRENT, VER_FLG_BASE, VER_FLG_WEAK, VER_NEED_CURRENT


def sysv_hash(name: bytes) -> int:
    """The hash function of DT_HASH."""
    h = 0
    for c in name:
        h = (h << 4) + c
        g = h & 0xF0000000
        h = (h ^ g >> 24) & ~g & 0xFFFFFFFF
    return h


def gnu_hash(name: bytes) -> int:
    """The hash function of DT_GNU_HASH."""
    h = 5381
    for c in name:
        h = (h * 33 + c) & 0xFFFFFFFF
    return h


def bucket_count(symbols: int) -> int:
    """A number of buckets for that many symbols: the largest of these that is not above it."""
    best = 1
    for n in (1, 3, 17, 37, 67, 97, 131, 197, 263, 521, 1031, 2053, 4099, 8209, 16411, 32771):
        if n <= symbols:
            best = n
    return best


def sysv_table(names: Sequence[bytes]) -> bytes:
    """DT_HASH for the symbols 1 .. n with these names (symbol 0 is the null symbol)."""
    count = bucket_count(len(names))
    buckets = [0] * count
    chain = [0] * (len(names) + 1)
    for i in range(len(names), 0, -1):
        b = sysv_hash(names[i - 1]) % count
        chain[i] = buckets[b]
        buckets[b] = i
    return struct.pack(f"<{2 + count + len(chain)}I", count, len(chain), *buckets, *chain)


def gnu_order(names: Sequence[bytes]) -> list[int]:
    """The order (indices into `names`) that DT_GNU_HASH asks for: by bucket."""
    count = bucket_count(len(names))
    return sorted(range(len(names)), key=lambda i: gnu_hash(names[i]) % count)


def gnu_table(names: Sequence[bytes], first: int, bits: int) -> bytes:
    """DT_GNU_HASH for names already in `gnu_order`, whose first has symbol number `first`."""
    count = bucket_count(len(names))
    hashes = [gnu_hash(n) for n in names]
    words = 1
    while words * bits < len(names) * 8:
        words *= 2
    shift = 6 if bits == 64 else 5
    bloom = [0] * words
    for h in hashes:
        bloom[h // bits % words] |= 1 << h % bits | 1 << (h >> shift) % bits
    buckets = [0] * count
    for i in range(len(hashes) - 1, -1, -1):
        buckets[hashes[i] % count] = first + i
    chain: list[int] = []
    for i, h in enumerate(hashes):
        last = i + 1 == len(hashes) or hashes[i + 1] % count != h % count
        chain.append(h & ~1 | int(last))
    word = "Q" if bits == 64 else "I"
    return (struct.pack("<4I", count, first, words, shift) + struct.pack(f"<{words}{word}", *bloom)
            + struct.pack(f"<{count}I", *buckets) + struct.pack(f"<{len(chain)}I", *chain))


def version_needs(needs: Sequence[tuple[int, Sequence[tuple[str, int, int]]]]) -> bytes:
    """SHT_GNU_verneed: for each file (its name's offset, [(version, its name's offset, index)])."""
    out = bytearray()
    for i, (file, versions) in enumerate(needs):
        size = 16 + 16 * len(versions)
        out += struct.pack("<HHIII", VER_NEED_CURRENT, len(versions), file, 16, size if i + 1 < len(needs) else 0)
        for j, (name, offset, index) in enumerate(versions):
            out += struct.pack("<IHHII", sysv_hash(name.encode()), 0, index, offset, 16 if j + 1 < len(versions) else 0)
    return bytes(out)


def version_definitions(definitions: Sequence[tuple[str, int, int, bool, Sequence[int]]]) -> bytes:
    """SHT_GNU_verdef: (name, its offset, index, whether it is the file's own entry, offsets of parents' names)."""
    out = bytearray()
    for i, (name, offset, index, base, parents) in enumerate(definitions):
        count = 1 + len(parents)
        flags = VER_FLG_BASE if base else 0
        size = 20 + 8 * count
        out += struct.pack("<HHHHIII", VER_DEF_CURRENT, flags, index, count, sysv_hash(name.encode()), 20,
                           size if i + 1 < len(definitions) else 0)
        offsets = [offset, *parents]
        for j, o in enumerate(offsets):
            out += struct.pack("<II", o, 8 if j + 1 < count else 0)
    return bytes(out)


__all__ = ["VER_FLG_WEAK", "gnu_hash", "gnu_order", "gnu_table", "sysv_hash", "sysv_table", "version_definitions", "version_needs"]
