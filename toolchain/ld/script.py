"""Parser of linker scripts: text to `Script` (GNU ld manual, chapter 3).

The grammar is lexed on demand, because what a word is depends on where it stands: `*lib-a.o` is one
file pattern among input sections and a product of differences in an expression.
"""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from toolchain.diagnostics import LocationTable, ToolError
from toolchain.ld.script_expressions import STRING, WORD, ExpressionParser
from toolchain.ld.syntax import (
    Assertion,
    Assignment,
    DataStatement,
    Expr,
    FillStatement,
    InputCommand,
    InputSpec,
    InsertStatement,
    MemoryRegion,
    OutputDescription,
    ProgramHeader,
    Script,
    SectionPattern,
    Statement,
)

_ASSIGN_TAIL: Final = re.compile(r"(<<|>>|[-+*/&|])$")

_ASSIGN_OPS: Final = ("=", "+=", "-=", "*=", "/=", "<<=", ">>=", "&=", "|=")
_SORTS: Final = {"SORT": "SORT_BY_NAME", "SORT_BY_NAME": "SORT_BY_NAME", "SORT_BY_ALIGNMENT": "SORT_BY_ALIGNMENT",
                 "SORT_BY_INIT_PRIORITY": "SORT_BY_INIT_PRIORITY", "SORT_NONE": "SORT_NONE", "REVERSE": "REVERSE"}
_DATA_SIZES: Final = {"BYTE": 1, "SHORT": 2, "LONG": 4, "QUAD": 8, "SQUAD": 8}
_SECTION_TYPES: Final = ("NOLOAD", "DSECT", "COPY", "INFO", "OVERLAY", "READONLY")

IncludeReader = Callable[[str], str]


class ScriptParser(ExpressionParser):
    """Recursive-descent parser of one script.  `include` reads the text of an INCLUDE file by name."""

    def __init__(self, name: str, text: str, locations: LocationTable, include: IncludeReader, depth: int = 0) -> None:
        super().__init__(name, text, locations, depth)
        self.include = include
        self.script = Script(name)

    # ---- top level ----------------------------------------------------------------------------

    def parse(self) -> Script:
        """The whole script.  Raises ToolError."""
        while not self.at_end():
            self.command()
        return self.script

    def command(self) -> None:
        """One command at file scope."""
        script = self.script
        if self.accept(";"):
            return
        loc = self.loc()
        word = self.word("a command")
        if word == "SECTIONS" and self.peek("{"):
            self.expect("{")
            script.has_sections = True
            self.sections_body()
            if self.keyword("INSERT"):
                self.insert(loc)
        elif word == "PHDRS" and self.peek("{"):
            self.phdrs_body()
        elif word == "MEMORY" and self.peek("{"):
            self.memory_body()
        elif word == "VERSION" and self.peek("{"):
            self.version_body()
        elif word == "INSERT":
            self.insert(loc)
        elif word == "INCLUDE":
            self.include_file(False)
        elif not self.simple_command(word):
            self.pos = loc - self.base
            self.statement_or_fail()

    def insert(self, loc: int) -> None:
        """INSERT AFTER|BEFORE section"""
        where = self.word("AFTER or BEFORE")
        if where not in ("AFTER", "BEFORE"):
            raise ToolError("syntax error: expected AFTER or BEFORE", loc)
        self.script.statements.append(InsertStatement(loc, where == "AFTER", self.word("a section name")))
        self.script.has_insert = True
        self.accept(";")

    def statement_or_fail(self) -> None:
        """A statement that is allowed outside SECTIONS: assignment or ASSERT."""
        loc = self.loc()
        statement = self.assignment_or_assert()
        if statement is None:
            word = self.peek_word()
            raise ToolError(f"syntax error in linker script near '{word or self.text[self.pos:self.pos + 1]}'", loc)
        self.script.statements.append(statement)

    def simple_command(self, word: str) -> bool:
        """Commands of the form NAME(arguments); False if `word` is none of them."""
        script = self.script
        if not self.peek("("):
            if word in ("FORCE_COMMON_ALLOCATION", "INHIBIT_COMMON_ALLOCATION", "FORCE_GROUP_ALLOCATION"):
                script.force_common |= word == "FORCE_COMMON_ALLOCATION"
                script.inhibit_common |= word == "INHIBIT_COMMON_ALLOCATION"
                return True
            return False
        if word == "ENTRY":
            script.entry = self.names(1, 1)[0]
        elif word == "OUTPUT_ARCH":
            script.output_arch = self.names(1, 1)[0]
        elif word == "OUTPUT_FORMAT":
            script.output_formats = self.names(1, 3)
        elif word == "TARGET":
            script.output_formats = self.names(1, 1)
        elif word == "OUTPUT":
            script.output = self.names(1, 1)[0]
        elif word == "SEARCH_DIR":
            script.search += self.names(1, 1)
        elif word == "STARTUP":
            script.startup = self.names(1, 1)[0]
        elif word == "EXTERN":
            script.externs += self.names(1, -1)
        elif word in ("NOCROSSREFS", "NOCROSSREFS_TO"):
            script.nocrossrefs.append(([] if word == "NOCROSSREFS" else ["->"]) + self.names(1, -1))
        elif word in ("INPUT", "GROUP"):
            group = 0
            if word == "GROUP":
                script.groups += 1
                group = script.groups
            self.expect("(")
            self.input_list(group, False)
        else:
            return False
        return True

    def names(self, least: int, most: int) -> list[str]:
        """`( name, name ... )` with or without commas."""
        self.expect("(")
        out: list[str] = []
        while not self.accept(")"):
            word = self.word("a name")
            while self.text.startswith(("=", ":"), self.pos):   # file names may hold them
                self.pos += 1
                word += self.text[self.pos - 1]
                m = WORD.match(self.text, self.pos)
                if m is not None:
                    word += m.group()
                    self.pos = m.end()
            out.append(word)
            self.accept(",")
        if len(out) < least or (most >= 0 and len(out) > most):
            raise self.error("syntax error: wrong number of arguments")
        return out

    def input_list(self, group: int, as_needed: bool) -> None:
        """The rest of INPUT( or GROUP( or AS_NEEDED(."""
        while not self.accept(")"):
            word = self.word("a file name")
            if word == "AS_NEEDED" and self.accept("("):
                self.input_list(group, True)
            else:
                if word == "-l" and not self.text[self.pos:self.pos + 1].isspace() and self.text.startswith(":", self.pos):
                    self.pos += 1
                    word = "-l:" + self.word("a file name")
                self.script.inputs.append(InputCommand(word, as_needed, group))
            self.accept(",")

    def include_file(self, inside_sections: bool) -> list[Statement]:
        """INCLUDE name: parse that file's text in place, with this parser's script."""
        name = self.word("a file name")
        if self.depth >= 20:
            raise self.error(f"INCLUDE of '{name}': nested too deeply")
        text = self.include(name)
        inner = ScriptParser(name, text, self.locations, self.include, self.depth + 1)
        inner.script = self.script
        if not inside_sections:
            inner.parse()
            return []
        out: list[Statement] = []
        while not inner.at_end():
            inner.section_statement(out)
        return out

    def phdrs_body(self) -> None:
        """PHDRS { name type [FILEHDR] [PHDRS] [AT(address)] [FLAGS(flags)]; ... }"""
        self.expect("{")
        self.script.has_phdrs = True
        while not self.accept("}"):
            loc = self.loc()
            name = self.word("a segment name")
            header = ProgramHeader(loc, name, self.expression())
            while not self.accept(";"):
                clause = self.word("FILEHDR, PHDRS, AT, FLAGS or ';'")
                if clause == "FILEHDR":
                    header.filehdr = True
                elif clause == "PHDRS":
                    header.phdrs = True
                elif clause in ("AT", "FLAGS"):
                    self.expect("(")
                    value = self.expression()
                    self.expect(")")
                    if clause == "AT":
                        header.at = value
                    else:
                        header.flags = value
                else:
                    raise ToolError(f"syntax error in PHDRS: unknown clause '{clause}'", self.loc())
            self.script.phdrs.append(header)

    def memory_body(self) -> None:
        """MEMORY { name (attr) : ORIGIN = expr, LENGTH = expr ... }"""
        self.expect("{")
        while not self.accept("}"):
            if self.keyword("INCLUDE"):
                raise self.error("INCLUDE inside MEMORY is not supported")
            loc = self.loc()
            name = self.word("a region name")
            attributes = ""
            if self.accept("("):
                attributes = "" if self.peek(")") else self.word("region attributes")
                self.expect(")")
            self.expect(":")
            region = MemoryRegion(loc, name, attributes)
            for _ in range(2):
                what = self.word("ORIGIN or LENGTH")
                self.expect("=")
                value = self.expression()
                if what in ("ORIGIN", "org", "o"):
                    region.origin_expr = value
                elif what in ("LENGTH", "len", "l"):
                    region.length_expr = value
                else:
                    raise self.error(f"syntax error in MEMORY: unknown attribute '{what}'")
                self.accept(",")
            if region.origin_expr is None or region.length_expr is None:
                raise ToolError(f"memory region '{name}' needs ORIGIN and LENGTH", loc)
            self.script.regions.append(region)

    def version_body(self) -> None:
        """VERSION { ... }: kept as text, for the version-script parser."""
        self.expect("{")
        self.script.version_loc = self.loc()
        start = self.pos
        depth = 1
        while depth:
            self.skip()
            if self.pos >= len(self.text):
                raise self.error("unterminated VERSION")
            c = self.text[self.pos]
            depth += 1 if c == "{" else -1 if c == "}" else 0
            m = STRING.match(self.text, self.pos)
            self.pos = m.end() if m else self.pos + 1
        self.script.version_text += self.text[start:self.pos - 1]

    # ---- SECTIONS -----------------------------------------------------------------------------

    def sections_body(self) -> None:
        """Everything between the braces of SECTIONS."""
        while not self.accept("}"):
            if self.pos >= len(self.text):
                raise self.error("syntax error: unterminated SECTIONS")
            self.section_statement(self.script.statements)

    def section_statement(self, out: list[Statement]) -> None:
        """One statement directly inside SECTIONS."""
        if self.accept(";"):
            return
        loc = self.loc()
        word = self.peek_word()
        if word == "INCLUDE":
            self.keyword("INCLUDE")
            out += self.include_file(True)
            return
        if word == "ENTRY":
            self.keyword("ENTRY")
            self.script.entry = self.names(1, 1)[0]
            return
        if word in ("FORCE_COMMON_ALLOCATION", "INHIBIT_COMMON_ALLOCATION", "FORCE_GROUP_ALLOCATION"):
            self.word("")
            return
        if word == "OVERLAY":
            self.keyword("OVERLAY")
            self.overlay(loc, out)
            return
        statement = self.assignment_or_assert()
        if statement is not None:
            out.append(statement)
            return
        out.append(self.output_description())

    def assignment_or_assert(self) -> Statement | None:
        """An assignment, PROVIDE, HIDDEN, PROVIDE_HIDDEN or ASSERT; None (and no progress) if none comes next."""
        start = self.pos
        loc = self.loc()
        if self.pos >= len(self.text) or self.text[self.pos] in "{}();:,=":
            return None
        word = self.word("a statement")
        if word == "ASSERT" and self.peek("("):
            self.expect("(")
            expr = self.expression()
            self.expect(",")
            self.skip()
            message = self.word("a message")
            self.expect(")")
            self.accept(";")
            return Assertion(loc, expr, message)
        if word in ("PROVIDE", "HIDDEN", "PROVIDE_HIDDEN") and self.peek("("):
            self.expect("(")
            name = self.symbol_name()
            self.expect("=")
            expr = self.expression()
            self.expect(")")
            self.end_of_statement()
            return Assignment(loc, name, "=", expr, word != "HIDDEN", word != "PROVIDE")
        # `x+=1` without blanks: the operator's first character was taken for part of the name
        tail = _ASSIGN_TAIL.search(word)
        if tail is not None and self.text.startswith("=", self.pos) and len(word) > len(tail.group()):
            self.pos -= len(tail.group())
            word = word[:-len(tail.group())]
        self.skip()
        op = ""
        for candidate in _ASSIGN_OPS:
            if self.text.startswith(candidate, self.pos):
                op = candidate
                break
        if not op or self.text.startswith("==", self.pos):
            self.pos = start
            return None
        self.pos += len(op)
        expr = self.expression()
        self.end_of_statement()
        return Assignment(loc, word, op, expr)

    def end_of_statement(self) -> None:
        """`;` or `,`; it may be missing before `}` or at the end, as in GNU ld."""
        if self.accept(";") or self.accept(",") or self.peek("}") or self.at_end():
            return
        raise self.error("syntax error: expected ';'" + self.before())

    def output_description(self) -> OutputDescription:
        """name [address] [(type)] : [clauses] { statements } [>region] [AT>region] [:phdr]* [=fill]"""
        loc = self.loc()
        name = self.word("a section name or statement")
        out = OutputDescription(loc, name)
        if self.peek("("):
            self.section_type(out, True)
        if not self.peek(":"):
            out.address = self.expression()
            if self.peek("("):
                self.section_type(out, True)
        self.expect(":")
        self.section_clauses(out)
        self.expect("{")
        self.contents(out.statements)
        self.section_tail(out)
        return out

    def section_type(self, out: OutputDescription, required: bool) -> None:
        """(NOLOAD), (INFO), (TYPE = value) ... ; an address in parentheses is left alone."""
        start = self.pos
        self.expect("(")
        if self.accept(")"):
            return
        word = self.peek_word()
        if word in _SECTION_TYPES:
            self.keyword(word)
            out.type = word
            if word == "READONLY" and self.accept("("):
                self.word("TYPE")
                self.expect("=")
                out.type_value = self.expression()
                self.expect(")")
            self.expect(")")
        elif word == "TYPE":
            self.keyword(word)
            self.expect("=")
            out.type_value = self.expression()
            self.expect(")")
        else:
            self.pos = start
            out.address = self.expression()

    def section_clauses(self, out: OutputDescription) -> None:
        """AT(), ALIGN(), ALIGN_WITH_INPUT, SUBALIGN(), ONLY_IF_RO, ONLY_IF_RW, SPECIAL"""
        while not self.peek("{"):
            word = self.word("'{' or a section attribute")
            if word in ("AT", "ALIGN", "SUBALIGN"):
                self.expect("(")
                value = self.expression()
                self.expect(")")
                if word == "AT":
                    out.at = value
                elif word == "ALIGN":
                    out.align = value
                else:
                    out.subalign = value
            elif word == "ALIGN_WITH_INPUT":
                out.align_with_input = True
            elif word in ("ONLY_IF_RO", "ONLY_IF_RW", "SPECIAL"):
                out.constraint = word
            else:
                raise self.error(f"syntax error: unknown section attribute '{word}'")

    def section_tail(self, out: OutputDescription) -> None:
        """What may follow the closing brace."""
        while True:
            if self.accept(">"):
                out.region = self.word("a region name")
            elif self.peek_word().startswith("AT") and re.compile(r"AT\s*>").match(self.text, self.pos):
                self.pos = self.text.index(">", self.pos) + 1
                out.load_region = self.word("a region name")
            elif self.peek(":") :
                self.expect(":")
                out.phdrs.append(self.word("a segment name"))
            elif self.peek("=") and not self.peek("=="):
                self.expect("=")
                out.fill = self.fill_expression()
            else:
                break
        self.accept(",")

    def fill_expression(self) -> Expr:
        """A fill: a hexadecimal number's digits all count (`=0x00000090` is four bytes)."""
        self.skip()
        m = re.compile(r"(?:0[xX]|\$)([0-9a-fA-F]+)").match(self.text, self.pos)
        e = self.expression()
        if m is not None and e.op == "number":
            e.text = m.group(1)
        return e

    def overlay(self, loc: int, out: list[Statement]) -> None:
        """OVERLAY [start] : [NOCROSSREFS] [AT(lma)] { name { ... } ... } [tail]"""
        address = None if self.peek(":") else self.expression()
        self.expect(":")
        at: Expr | None = None
        apart = False
        while not self.peek("{"):
            word = self.word("'{'")
            if word == "AT":
                self.expect("(")
                at = self.expression()
                self.expect(")")
            elif word == "NOCROSSREFS":
                apart = True
            else:
                raise self.error(f"syntax error in OVERLAY: '{word}'")
        self.expect("{")
        members: list[OutputDescription] = []
        while not self.accept("}"):
            member = OutputDescription(self.loc(), self.word("a section name"))
            self.expect("{")
            self.contents(member.statements)
            while self.accept(":"):
                member.phdrs.append(self.word("a segment name"))
            if self.accept("="):
                member.fill = self.fill_expression()
            member.overlay = True
            members.append(member)
            self.accept(",")
        if not members:
            raise ToolError("OVERLAY without sections", loc)
        if apart:
            self.script.nocrossrefs.append([m.name for m in members])
        tail = OutputDescription(loc, "")
        self.section_tail(tail)
        members[0].overlay_first = True
        members[0].address = address
        members[0].at = at
        members[-1].overlay_last = True
        for member in members:
            member.region = tail.region
            member.load_region = tail.load_region
            member.phdrs = member.phdrs or tail.phdrs
            out.append(member)
            plain = re.sub(r"\W", "", member.name)
            for prefix, function, extra in (("__load_start_", "LOADADDR", False), ("__load_stop_", "LOADADDR", True)):
                e = Expr("call", member.loc, [], function)
                e.text = member.name
                if extra:
                    size = Expr("call", member.loc, [], "SIZEOF")
                    size.text = member.name
                    e = Expr("+", member.loc, [e, size])
                out.append(Assignment(member.loc, prefix + plain, "=", e, True, False))

    def contents(self, out: list[Statement]) -> None:
        """Statements of an output section, up to and with the closing brace."""
        while not self.accept("}"):
            if self.pos >= len(self.text):
                raise self.error("syntax error: unterminated output section")
            if self.accept(";") or self.accept(","):
                continue
            self.content(out)

    def content(self, out: list[Statement]) -> None:
        """One statement inside an output section."""
        loc = self.loc()
        word = self.peek_word()
        if word in _DATA_SIZES or word == "FILL" or word == "ASCIZ":
            self.keyword(word)
            if word == "ASCIZ":
                for b in self.word("a string").encode() + b"\0":
                    out.append(DataStatement(loc, 1, Expr("number", loc, [], "", b)))
                return
            self.expect("(")
            value = self.fill_expression() if word == "FILL" else self.expression()
            self.expect(")")
            out.append(FillStatement(loc, value) if word == "FILL" else DataStatement(loc, _DATA_SIZES[word], value))
            return
        if word in ("CONSTRUCTORS", "CREATE_OBJECT_SYMBOLS"):
            self.keyword(word)   # for object formats other than ELF
            return
        if word == "SORT" or word == "SORT_BY_NAME":
            start = self.pos
            self.keyword(word)
            self.expect("(")
            if self.keyword("CONSTRUCTORS"):
                self.expect(")")
                return
            self.pos = start
        if word == "INCLUDE":
            self.keyword(word)
            name = self.word("a file name")
            inner = ScriptParser(name, self.include(name), self.locations, self.include, self.depth + 1)
            if self.depth > 20:
                raise self.error(f"INCLUDE of '{name}': nested too deeply")
            inner.script = self.script
            while not inner.at_end():
                if not inner.accept(";"):
                    inner.content(out)
            return
        statement = self.assignment_or_assert()
        if statement is not None:
            out.append(statement)
            return
        if self.keyword("KEEP"):
            self.expect("(")
            out.append(self.input_spec(True))
            self.expect(")")
            return
        out.append(self.input_spec(False))

    def input_spec(self, keep: bool) -> InputSpec:
        """[INPUT_SECTION_FLAGS(..)] [EXCLUDE_FILE(..)] [archive:]file [(patterns)]"""
        loc = self.loc()
        spec = InputSpec(loc, "", False, "*", [], [], keep)
        if self.keyword("INPUT_SECTION_FLAGS"):
            self.section_flags(spec)
        excludes: list[str] = []
        if self.keyword("EXCLUDE_FILE"):
            excludes = self.file_names()
        name = ""
        if self.keyword("SORT") or self.keyword("SORT_BY_NAME"):
            self.expect("(")
            spec.file_sort = True
            if self.keyword("EXCLUDE_FILE"):
                excludes = self.file_names()
            name = self.word("a file pattern")
            self.expect(")")
        elif self.text.startswith(":", self.pos):
            name = ""
        else:
            name = self.word("an input section description")
        if self.text.startswith(":", self.pos):
            self.pos += 1
            spec.archive = name
            spec.has_archive = True
            m = WORD.match(self.text, self.pos)
            name = m.group() if m else ""
            self.pos = m.end() if m else self.pos
        spec.file = name
        spec.excludes = excludes
        if self.accept("("):
            pending: list[str] = []
            while not self.accept(")"):
                if self.pos >= len(self.text):
                    raise self.error("syntax error: unterminated input section description")
                pending = self.section_pattern(spec.patterns, [], pending)
                self.accept(",")
        return spec

    def section_pattern(self, out: list[SectionPattern], sorts: list[str], excludes: list[str]) -> list[str]:
        """One pattern, possibly under sort keywords and EXCLUDE_FILE."""
        word = self.peek_word()
        if word == "EXCLUDE_FILE":
            self.keyword(word)
            return self.section_pattern(out, sorts, self.file_names())
        if word in _SORTS:
            start = self.pos
            self.keyword(word)
            if self.accept("("):
                if len(sorts) > 3:
                    raise self.error("syntax error: sort commands nested too deeply")
                inner: list[str] = []
                while not self.accept(")"):
                    inner = self.section_pattern(out, [*sorts, _SORTS[word]], inner)
                    self.accept(",")
                return []
            self.pos = start
        pattern = self.word("a section pattern")
        while self.text.startswith((":", "="), self.pos):
            m = WORD.match(self.text, self.pos + 1)
            pattern += self.text[self.pos] + (m.group() if m else "")
            self.pos = m.end() if m else self.pos + 1
        out.append(SectionPattern(pattern, excludes, sorts))
        return []

    def section_flags(self, spec: InputSpec) -> None:
        """INPUT_SECTION_FLAGS ( FLAG & !FLAG ... )"""
        names = {"SHF_WRITE": 1, "SHF_ALLOC": 2, "SHF_EXECINSTR": 4, "SHF_MERGE": 0x10, "SHF_STRINGS": 0x20, "SHF_INFO_LINK": 0x40,
                 "SHF_LINK_ORDER": 0x80, "SHF_GROUP": 0x200, "SHF_TLS": 0x400}
        self.expect("(")
        while not self.accept(")"):
            word = self.word("a section flag")
            negated = word.startswith("!")
            word = word.lstrip("!&")
            if not word:
                continue
            if word not in names and not word[0].isdigit():
                raise self.error(f"unknown section flag '{word}'")
            value = names[word] if word in names else int(word, 0)
            if negated:
                spec.without_flags |= value
            else:
                spec.with_flags |= value

    def file_names(self) -> list[str]:
        """`(a b c)`, with archive:member forms."""
        self.expect("(")
        out: list[str] = []
        while not self.accept(")"):
            word = "" if self.peek(":") else self.word("a file pattern")
            if self.text.startswith(":", self.pos):
                m = WORD.match(self.text, self.pos + 1)
                word += ":" + (m.group() if m else "")
                self.pos = m.end() if m else self.pos + 1
            out.append(word)
        return out



def parse_script(name: str, text: str, locations: LocationTable, include: IncludeReader) -> Script:
    """The script in `text`; `name` is for messages.  Raises ToolError with the place of the error."""
    return ScriptParser(name, text, locations, include).parse()


def parse_defsym(text: str, locations: LocationTable, include: IncludeReader) -> Assignment:
    """`name=expression` of --defsym."""
    parser = ScriptParser("--defsym", text, locations, include)
    statement = parser.assignment_or_assert()
    if not isinstance(statement, Assignment) or not parser.at_end():
        raise ToolError(f"bad --defsym argument '{text}'")
    return statement
