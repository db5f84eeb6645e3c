"""What `toolchain/assembler.py` shows to the outside."""
from __future__ import annotations

import importlib
from collections.abc import Sequence

from toolchain.context import ToolContext
from toolchain.diagnostics import Diagnostics, ToolError
from toolchain.elf.image import ObjectImage
from toolchain.mc.model.isa import Isa
from toolchain.mc.streamer import ObjectStreamer

from . import targets
from .assemble import Assembler, Syntax
from .main import finish, main, make_assembler


def create(isa: Isa, streamer: ObjectStreamer, diagnostics: Diagnostics, context: ToolContext | None) -> Assembler:
    """See `toolchain.assembler.Assembler`."""
    module = importlib.import_module(f".{isa.name}.target", __package__)
    syntax: Syntax = module.syntax(isa)
    return Assembler(streamer, syntax, diagnostics, context)


def assemble(text: str, name: str, triple: str, options: Sequence[str], diagnostics: Diagnostics) -> ObjectImage | None:
    """See `toolchain.assembler.assemble`."""
    target = targets.find(triple)
    for word in options:
        if not target.option(word):
            raise ToolError(f"unrecognized option '{word}'")
    assembler = make_assembler(target, diagnostics, None)
    assembler.feed_file(name, text)
    return finish(assembler)


__all__ = ["assemble", "create", "main"]
