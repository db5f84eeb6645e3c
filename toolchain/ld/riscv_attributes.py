"""Merging .riscv.attributes (RISC-V ELF psABI, chapter "Attributes")."""
from __future__ import annotations

import re
from typing import Final

from toolchain.diagnostics import ToolError
from toolchain.ld.state import Link

SHT_RISCV_ATTRIBUTES: Final = 0x70000003
TAG_STACK_ALIGN: Final = 4
TAG_ARCH: Final = 5
TAG_UNALIGNED: Final = 6
_SINGLE_ORDER: Final = "iemafdqlcbkjtpvnh"
_VERSION: Final = re.compile(r"(.*?)(\d+)p(\d+)$")


def read_uleb(data: bytes, at: int) -> tuple[int, int]:
    """A ULEB128 and the offset behind it.  Raises IndexError at the end of the data."""
    value = shift = 0
    while True:
        b = data[at]
        at += 1
        value |= (b & 0x7F) << shift
        shift += 7
        if not b & 0x80:
            return value, at


def uleb(value: int) -> bytes:
    """A ULEB128."""
    out = bytearray()
    while True:
        b = value & 0x7F
        value >>= 7
        out.append(b | (0x80 if value else 0))
        if not value:
            return bytes(out)


def parse(data: bytes) -> dict[int, int | str]:
    """The file attributes of vendor "riscv".  Raises ValueError or IndexError for nonsense."""
    out: dict[int, int | str] = {}
    if not data or data[0] != 0x41:
        raise ValueError("unknown format")
    at = 1
    while at < len(data):
        length = int.from_bytes(data[at:at + 4], "little")
        if length < 4 or at + length > len(data):
            raise ValueError("bad length")
        body = data[at + 4:at + length]
        at += length
        vendor, _, rest = body.partition(b"\0")
        if vendor != b"riscv":
            continue
        pos = 0
        while pos < len(rest):
            tag, p = read_uleb(rest, pos)
            size = int.from_bytes(rest[p:p + 4], "little")
            if size < 5:
                raise ValueError("bad size")
            end = pos + size
            p += 4
            while tag == 1 and p < end:
                attribute, p = read_uleb(rest, p)
                if attribute & 1:
                    stop = rest.index(b"\0", p)
                    out[attribute] = rest[p:stop].decode()
                    p = stop + 1
                else:
                    out[attribute], p = read_uleb(rest, p)
            pos = end
    return out


def split_arch(arch: str) -> tuple[str, dict[str, tuple[int, int]]]:
    """`rv64i2p1_m2p0_zicsr2p0` -> ("rv64", {"i": (2, 1), ...})"""
    m = re.match(r"rv(32|64)", arch)
    if m is None:
        raise ValueError(f"bad arch '{arch}'")
    out: dict[str, tuple[int, int]] = {}
    for part in arch[4:].split("_"):
        v = _VERSION.match(part)
        if v is not None:
            out[v.group(1)] = (int(v.group(2)), int(v.group(3)))
        elif part:
            out[part] = (0, 0)
    return m.group(), out


def _arch_key(name: str) -> tuple[int, int, str]:
    if len(name) == 1:
        index = _SINGLE_ORDER.find(name)
        return 0, index if index >= 0 else 99, name
    if name[0] == "z":
        index = _SINGLE_ORDER.find(name[1])
        return 1, index if index >= 0 else 99, name
    return 2 if name[0] == "s" else 3, 0, name


def join_arch(base: str, extensions: dict[str, tuple[int, int]]) -> str:
    """The canonical arch string."""
    return base + "_".join(f"{n}{v[0]}p{v[1]}" for n, v in sorted(extensions.items(), key=lambda kv: _arch_key(kv[0])))


def merge_attributes(link: Link) -> None:
    """Replace the inputs' .riscv.attributes by one that covers all of them.

    The architecture is the union of all extensions (the later version of each); stack alignments must
    agree; unaligned access is allowed if one file asks for it.  Raises ToolError.
    """
    base = ""
    extensions: dict[str, tuple[int, int]] = {}
    stack = 0
    unaligned = 0
    others: dict[int, int | str] = {}
    first = None
    for section in link.sections:
        if section.kind != SHT_RISCV_ATTRIBUTES or not section.alive:
            continue
        try:
            values = parse(bytes(section.data))
            arch = values.pop(TAG_ARCH, "")
            if isinstance(arch, str) and arch:
                b, e = split_arch(arch)
                if base and b != base:
                    raise ToolError(f"{section.file.name}: ISA string of input ({b}) doesn't match output ({base})")
                base = b
                for name, version in e.items():
                    extensions[name] = max(version, extensions.get(name, version))
        except (ValueError, IndexError) as error:
            raise ToolError(f"{section.display}: malformed attributes: {error}") from None
        align = int(values.pop(TAG_STACK_ALIGN, 0) or 0)
        if stack and align and stack != align:
            raise ToolError(f"{section.file.name} use {align}-byte stack aligned but the output use {stack}-byte stack aligned")
        stack = stack or align
        unaligned |= int(values.pop(TAG_UNALIGNED, 0) or 0)
        for tag, value in values.items():
            others.setdefault(tag, value)
        if first is None:
            first = section
        else:
            section.alive = False
    if first is None:
        return
    link.sections = [s for s in link.sections if s.alive]
    pairs: dict[int, int | str] = dict(others)
    if stack:
        pairs[TAG_STACK_ALIGN] = stack
    if base:
        pairs[TAG_ARCH] = join_arch(base, extensions)
    if unaligned:
        pairs[TAG_UNALIGNED] = unaligned
    body = bytearray()
    for tag in sorted(pairs):
        value = pairs[tag]
        body += uleb(tag) + (value.encode() + b"\0" if isinstance(value, str) else uleb(value))
    inner = b"\x01" + (5 + len(body)).to_bytes(4, "little") + bytes(body)
    data = b"riscv\0" + inner
    first.data = b"A" + (4 + len(data)).to_bytes(4, "little") + data
    first.size = len(first.data)
    first.relocations = None
