"""The open brackets of a script while it is read, and what was found so far."""

from typing import Optional

from . import lexis
from .lexis import Branch, Frame, ParserState
from .tokens import Kind, Token


class Brackets:
    """Keeps the open brackets and strings, and gives each token its place among them.

    Attributes:
        commands: Name, arguments, function and branch of every command.
        definitions: Keyword, name and offset of every definition.
        requires: Offset and text of every ``#Requires`` comment.
        strings: Every string and every word.
        using: The arguments of every ``using`` statement.
        broken_continuations: Offsets of backticks that something follows on the line.
        parameters: The group of the script's own ``param()`` block.
        assignments: For every variable, where the tokens are that are assigned to it.
    """

    def __init__(self, text: str) -> None:
        """Prepares for a text; a byte order mark at its beginning is skipped.

        Args:
            text: The script's text.
        """
        self.text = text
        self.position = 1 if text.startswith("\ufeff") else 0
        self.commands: list[tuple[Token, list[Token], Optional[str], Optional[Branch]]] = []
        self.definitions: list[tuple[str, str, int]] = []
        self.requires: list[tuple[int, str]] = []
        self.strings: list[Token] = []
        self.using: list[list[Token]] = []
        self.broken_continuations: list[int] = []
        self.parameters: Optional[Token] = None
        self.assignments: dict[str, list[tuple[list[Token], int]]] = {}
        root = Token(Kind.GROUP, 0, len(text))
        self.frames: list[Frame] = [Frame(root, "", ParserState.START, ParserState.START)]
        self._open: list[dict[str, int]] = [{"(": 0, "{": 0, "[": 0}]
        self.can_declare = True

    @property
    def is_in_string(self) -> bool:
        """Whether a string is open, at whatever depth."""
        return len(self._open) > 1

    def end_statement(self, frame: Frame) -> None:
        items = frame.token.items
        if items and items[-1].kind is not Kind.END:
            items.append(Token(Kind.END, self.position, self.position))
        frame.state, frame.arguments, frame.is_new_line = frame.home, None, False

    def add(self, frame: Frame, token: Token) -> None:
        """Appends a token to the open bracket, and to the command whose argument it is."""
        frame.token.items.append(token)
        if frame.state is ParserState.COMMAND and frame.arguments is not None:
            frame.arguments.append(token)
        if token.kind in (Kind.STRING, Kind.WORD):
            self.strings.append(token)
        self.position = token.end

    def value(self, frame: Frame, token: Token) -> None:
        """Appends a token that is a value: at the beginning of a statement it begins an expression."""
        is_head = frame.state is ParserState.INVOKE
        if frame.state in (ParserState.START, ParserState.PIPE):
            frame.state = ParserState.EXPRESSION
        self.add(frame, token)
        if is_head:
            self.begin_command(frame, token)

    def begin_command(self, frame: Frame, head: Token) -> None:
        frame.arguments = []
        frame.state = ParserState.COMMAND
        frame.ends = frame.ends or head.text.lower() == "write-error"
        self.commands.append((head, frame.arguments, frame.function, frame.branch))

    def push(self, frame: Frame, opener: str, home: ParserState) -> Frame:
        start = self.position
        token = Token(Kind.GROUP, start, start, opener, constant=False)
        opened = Frame(token, opener, home, home, frame.branch, frame.function)
        if frame.state is ParserState.KEYWORD:
            self._open_keyword(frame, opened)
        self.value(frame, token)
        self.position = start + len(opener)
        self.frames.append(opened)
        self._open[-1][opener[-1]] += 1
        return opened

    def _open_keyword(self, frame: Frame, opened: Frame) -> None:
        """Gives the brackets or the block of a keyword their meaning."""
        keyword = opened.opened_by = frame.keyword
        if opened.opener == "(" and keyword in ("param", *lexis.DEFINING):
            opened.state = opened.home = ParserState.EXPRESSION
        if keyword == "param" and len(self.frames) == 1 and self.can_declare and self.parameters is None:
            self.parameters = opened.token
        if opened.opener != "{":
            return
        if keyword == "switch":
            opened.state = opened.home = ParserState.CLAUSE
        elif keyword in ("class", "enum"):
            opened.state = opened.home = ParserState.MEMBER
        elif keyword in lexis.DEFINING:
            opened.function = self.definitions[-1][1] if self.definitions else ""
        if keyword in lexis.CONDITIONAL:
            opened.branch = Branch(keyword, frame.branch, tuple(frame.conditions))
        elif keyword == "try":
            opened.branch = frame.attempt = Branch(keyword, frame.branch, ())

    def push_string(self, frame: Frame, begin: int, opener: str) -> None:
        token = Token(Kind.STRING, self.position, begin)
        self.value(frame, token)
        self.position = begin
        self.frames.append(
            Frame(token, opener, ParserState.EXPRESSION, ParserState.EXPRESSION, frame.branch, frame.function)
        )
        self._open.append({"(": 0, "{": 0, "[": 0})

    def close(self, frame: Frame, mark: str) -> None:
        """Closes the bracket that a closing one belongs to; one that belongs to none is skipped."""
        opening = lexis.CLOSES[mark]
        if not self._open[-1][opening]:
            self.add(frame, Token(Kind.OPERATOR, self.position, self.position + 1, mark))
            return
        self.position += 1
        while self.pop().opener[-1:] != opening:
            pass

    def pop(self) -> Frame:
        closed = self.frames.pop()
        closed.token.end = self.position
        outer = self.frames[-1]
        if closed.token.kind is Kind.STRING:
            self._open.pop()
            closed.token.text = "".join(closed.pieces)
            return closed
        self._open[-1][closed.opener[-1]] -= 1
        if closed.opener == "{":
            self._note_end(outer, closed)
        if outer.state is ParserState.KEYWORD:
            outer.is_new_line = False
            if closed.opener == "(" and len(outer.conditions) < lexis.MOST_CONDITIONS:
                outer.conditions.append((closed.token.start, closed.token.end))
            if closed.opener == "{" or (closed.opener == "(" and outer.keyword == "param"):
                self.end_statement(outer)
        return closed

    def _note_end(self, outer: Frame, closed: Frame) -> None:
        """Notes what follows from a block that ends the script, or does not, for the statement that it belongs to."""
        if closed.opened_by == "catch" and outer.attempt is not None:
            outer.attempt.goes_on = outer.attempt.goes_on or not closed.ends
        elif closed.opened_by == "if":
            outer.all_end = closed.ends
        elif closed.opened_by in ("elseif", "else"):
            outer.all_end = outer.all_end and closed.ends
            outer.ends = outer.ends or (outer.all_end and closed.opened_by == "else")
