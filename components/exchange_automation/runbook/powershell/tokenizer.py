"""Splits a script into tokens, and notes what they mean for commands, definitions and assignments.

PowerShell reads the same characters differently at the beginning of a statement, among the arguments of a command and in
an expression, so the tokenizer keeps that state for every open bracket. The brackets are a list and not nested calls:
nesting has no limit. Every character is read a bounded number of times.
"""

import re

from . import lexis
from .brackets import Brackets
from .lexis import Frame, ParserState
from .tokens import DASHES, DOUBLE_QUOTES, NEWLINES, SINGLE_QUOTES, Kind, Token
from .words import read_braced_variable, read_single_quoted, read_single_quoted_here_string, read_word, without_scope


class Tokenizer(Brackets):
    """Reads one script; the attributes hold what was found once ``run`` has returned."""

    def run(self) -> None:
        """Reads the text to its end."""
        length, before, idle = len(self.text), -1, 0
        while self.position < length:
            frame = self.frames[-1]
            # A change of state alone may take a step; more of them without a character would never end.
            idle = idle + 1 if self.position == before else 0
            before = self.position
            if idle > lexis.MOST_IDLE_STEPS:
                self.position += 1
            elif frame.token.kind is Kind.STRING:
                self._string(frame)
            else:
                self._token(frame, self.text[self.position])
        self.position: int = length
        while len(self.frames) > 1:
            self.pop()

    # One token

    def _token(self, frame: Frame, mark: str) -> None:
        if not self._trivia(frame, mark):
            state = frame.state
            if mark == "`" and self._begins_escaped_string():
                self.push_string(frame, self.position + 2, "`")
            elif state is ParserState.COMMAND:
                self._argument(frame, mark)
            elif state is ParserState.KEYWORD:
                self._after_keyword(frame, mark)
            elif state is ParserState.EXPRESSION:
                self._operand(frame, mark)
            elif state in (ParserState.KEY, ParserState.CLAUSE, ParserState.MEMBER):
                self._label(frame, mark)
            else:
                self._start(frame, mark)

    def _trivia(self, frame: Frame, mark: str) -> bool:
        """Skips blanks, comments and continued lines, and ends statements; returns whether it did."""
        if blank := lexis.BLANK.match(self.text, self.position):
            self.position = blank.end()
        elif mark in NEWLINES:
            self._newline(frame)
        elif mark == "#":
            self._comment()
        elif mark == "<" and self.text.startswith("<#", self.position):
            end = self.text.find("#>", self.position + 2)
            self.position = len(self.text) if end < 0 else end + 2
        elif mark == "`" and (continued := lexis.CONTINUED.match(self.text, self.position)):
            self.position = continued.end()
        elif mark == "`" and (broken := lexis.BROKEN.match(self.text, self.position)):
            self.broken_continuations.append(self.position)
            self.position = broken.end()
        else:
            return False
        return True

    def _comment(self) -> None:
        comment = lexis.COMMENT.match(self.text, self.position)
        assert comment is not None
        if lexis.REQUIRES.match(comment[0]):
            self.requires.append((self.position, comment[0]))
        self.position = comment.end()

    def _newline(self, frame: Frame) -> None:
        end = lexis.NEWLINE.match(self.text, self.position)
        assert end is not None
        if frame.state is ParserState.KEYWORD:
            frame.is_new_line = True
        elif (
            frame.state in (ParserState.COMMAND, ParserState.EXPRESSION) and not self._is_continued(frame)
        ) or frame.state in (
            ParserState.START,
            ParserState.KEY,
        ):
            self.end_statement(frame)
        self.position = end.end()

    def _is_continued(self, frame: Frame) -> bool:
        """Whether the statement goes on after the end of the line."""
        if frame.home is ParserState.EXPRESSION:
            return True
        last = frame.token.items[-1] if frame.token.items else None
        if last is None or last.kind is Kind.COMMA:
            return True
        is_operator = last.kind is Kind.OPERATOR and frame.state is ParserState.EXPRESSION
        return is_operator and last.text not in lexis.NOT_BINARY

    # Values, the same in every state

    def _common(self, frame: Frame, mark: str) -> bool:
        """Reads a string, variable, group or separator; returns whether there was one."""
        if mark in SINGLE_QUOTES:
            self.value(frame, read_single_quoted(self.text, self.position))
        elif mark in DOUBLE_QUOTES:
            self.push_string(frame, self.position + 1, mark)
        elif mark == "@":
            return self._at(frame)
        elif mark == "$":
            return self._dollar(frame)
        elif mark in "({[":
            return self._bracket(frame, mark)
        elif mark in lexis.CLOSES:
            self.close(frame, mark)
        elif mark == ",":
            self.add(frame, Token(Kind.COMMA, self.position, self.position + 1, ","))
        elif mark in ";|&":
            self._separator(frame, mark)
        else:
            return False
        return True

    def _at(self, frame: Frame) -> bool:
        following = self.text[self.position + 1 : self.position + 2]
        if (here := lexis.HERE.match(self.text, self.position)) and here[1] in DOUBLE_QUOTES:
            self.push_string(frame, here.end(), "@")
        elif here:
            self.value(frame, read_single_quoted_here_string(self.text, self.position, here.end()))
        elif following in ("(", "{"):
            self.push(frame, "@" + following, ParserState.KEY if following == "{" else ParserState.START)
        elif splat := lexis.SPLAT.match(self.text, self.position):
            self.value(frame, Token(Kind.SPLAT, self.position, splat.end(), splat[1]))
        else:
            return False
        return True

    def _dollar(self, frame: Frame) -> bool:
        start = self.position
        if self.text.startswith("$(", start):
            self.push(frame, "$(", ParserState.START)
        elif self.text.startswith("${", start):
            self.value(frame, read_braced_variable(self.text, start))
        elif variable := lexis.VARIABLE.match(self.text, start):
            following = self.text[variable.end() : variable.end() + 1]
            if frame.state is ParserState.COMMAND and following and not lexis.AFTER_VARIABLE.match(following):
                return False  # Part of a word, such as $folder/report.csv.
            self.value(frame, Token(Kind.VARIABLE, start, variable.end(), variable[0][1:]))
            if frame.opened_by in lexis.ASSIGNING:
                # The caller, or every turn of the loop, gives it another value.
                self.assignments.setdefault(without_scope(variable[0][1:]).lower(), []).append(([], 0))
        else:
            return False
        return True

    def _separator(self, frame: Frame, mark: str) -> None:
        start, double = self.position, self.text[self.position : self.position + 2]
        if mark == ";":
            self.end_statement(frame)
            self.position += 1
        elif double in ("||", "&&"):
            frame.arguments, frame.state = None, ParserState.PIPE
            self.add(frame, Token(Kind.OPERATOR, start, start + 2, double))
        elif mark == "|":
            frame.arguments, frame.state = None, ParserState.PIPE
            self.add(frame, Token(Kind.OPERATOR, start, start + 1, "|"))
        elif frame.state in (ParserState.COMMAND, ParserState.EXPRESSION):
            self.end_statement(frame)  # In the background.
            self.position += 1
        else:
            frame.state = ParserState.INVOKE
            self.add(frame, Token(Kind.OPERATOR, start, start + 1, "&"))

    # Brackets

    def _bracket(self, frame: Frame, mark: str) -> bool:
        last = frame.token.items[-1] if frame.token.items else None
        touches = last is not None and last.end == self.position
        if mark == "[":
            if frame.state is ParserState.COMMAND and not (touches and last is not None and last.kind in lexis.INDEXED):
                return False  # Part of a word, such as [a-z]*.
            self.push(frame, "[", ParserState.EXPRESSION)
        elif mark == "(":
            is_call = touches and last is not None and last.kind is Kind.NAME and frame.state is not ParserState.KEYWORD
            self.push(frame, "(", ParserState.EXPRESSION if is_call else ParserState.START)
        else:
            self.push(frame, "{", ParserState.START)
        return True

    # Strings

    def _begins_escaped_string(self) -> bool:
        """Whether an escaped quote delimits a string, as it does in an expression inside of another string."""
        return self.is_in_string and self.text[self.position + 1 : self.position + 2] in tuple(DOUBLE_QUOTES)

    def _string(self, frame: Frame) -> None:
        """Reads one part of a double-quoted string or here-string."""
        is_here = frame.opener == "@"
        mark = self.text[self.position]
        if frame.opener == "`" and mark == "`" and self._begins_escaped_string():
            self.position += 2
            self.pop()
        elif run := (lexis.HERE_RUN if is_here else lexis.STRING_RUN).match(self.text, self.position):
            frame.pieces.append(run[0])
            self.position = run.end()
        elif mark == "`":
            escaped = self.text[self.position + 1 : self.position + 2]
            keeps = is_here and escaped in NEWLINES
            frame.pieces.append("" if keeps else lexis.ESCAPES.get(escaped, escaped))
            self.position += 1 if keeps else 2
        elif mark == "$":
            self._expand(frame)
        elif is_here and (end := lexis.HERE_DOUBLE_END.match(self.text, self.position)):
            frame.pieces[:1] = [frame.pieces[0].removeprefix("\r").removeprefix("\n")] if frame.pieces else []
            self.position = end.end()
            self.pop()
        elif is_here:
            newline = lexis.NEWLINE.match(self.text, self.position)
            frame.pieces.append(newline[0] if newline and frame.pieces else "")
            self.position = newline.end() if newline else self.position + 1
        elif self.text[self.position + 1 : self.position + 2] in tuple(DOUBLE_QUOTES):
            frame.pieces.append(mark)
            self.position += 2
        else:
            self.position += 1
            self.pop()

    def _expand(self, frame: Frame) -> None:
        start = self.position
        if self.text.startswith("$(", start):
            frame.token.constant = False
            self.push(frame, "$(", ParserState.START)
        elif self.text.startswith("${", start):
            frame.token.constant = False
            self.position = read_braced_variable(self.text, start).end
        else:
            frame.token.constant = frame.token.constant and not lexis.IN_STRING.match(self.text, start)
            frame.pieces.append("$")
            self.position += 1

    # States

    def _start(self, frame: Frame, mark: str) -> None:
        """Reads the first token of a statement or of a command in a pipeline."""
        if frame.state is not ParserState.INVOKE and self._is_expression(frame, mark):
            return
        if self._common(frame, mark):
            return
        word = read_word(self.text, self.position)
        keyword = word.text.lower()
        if frame.state is ParserState.START and keyword.partition("[")[0] in lexis.KEYWORDS:
            self._keyword(frame, word, keyword.partition("[")[0])
            return
        self._note_statement()
        self.add(frame, word)
        self.begin_command(frame, word)

    def _is_expression(self, frame: Frame, mark: str) -> bool:
        """Reads what only an expression or a call can begin with; returns whether there was something."""
        text, start = self.text, self.position
        if mark not in "[#\ufeff":
            self._note_statement(mark)
        if mark == "." and (not text[start + 1 : start + 2] or text[start + 1] in f" \t\"'$({{{SINGLE_QUOTES}"):
            frame.state = ParserState.INVOKE
            self.add(frame, Token(Kind.OPERATOR, start, start + 1, "."))
        elif number := lexis.NUMBER.match(text, start):
            self.value(frame, Token(Kind.NUMBER, start, number.end(), number[0]))
        elif mark in "!+<>=" or mark in DASHES:
            self._operator(frame)
        elif mark == ":" and (label := lexis.LABEL.match(text, start)):
            self.add(frame, Token(Kind.NAME, start, label.end(), label[0]))
        else:
            return False
        return True

    def _note_statement(self, mark: str = "") -> None:
        """A script's own parameters stand before its first statement."""
        if len(self.frames) == 1 and not (mark.isalpha() or mark == "_"):
            self.can_declare = False

    def _keyword(self, frame: Frame, word: Token, keyword: str) -> None:
        end = word.start + len(keyword)
        if keyword not in ("param", "using"):
            self._note_statement()
        self.add(frame, Token(Kind.KEYWORD, word.start, end, keyword))
        frame.ends = frame.ends or keyword in lexis.ENDING
        if keyword == "using":
            frame.arguments = []
            self.using.append(frame.arguments)
            frame.state = ParserState.COMMAND
        elif keyword in lexis.WITH_LABEL:
            frame.state = ParserState.EXPRESSION
        elif keyword in lexis.WITH_BLOCK or keyword in lexis.DEFINING:
            if keyword not in ("elseif", "else"):
                frame.conditions = []
            frame.keyword, frame.state, frame.is_new_line = keyword, ParserState.KEYWORD, False
            if keyword in lexis.DEFINING:
                self._definition(frame, keyword)

    def _definition(self, frame: Frame, keyword: str) -> None:
        if blank := lexis.BLANK.match(self.text, self.position):
            self.position = blank.end()
        if lexis.RUN.match(self.text, self.position):
            name = read_word(self.text, self.position)
            name.kind = Kind.NAME
            self.definitions.append((keyword, name.text, name.start))
            self.add(frame, name)
        else:
            self.definitions.append((keyword, "", self.position))

    def _after_keyword(self, frame: Frame, mark: str) -> None:
        """Reads between a keyword and its block: conditions, types, options."""
        if frame.is_new_line and mark not in "({[":
            self.end_statement(frame)
            return
        if mark in DASHES and (option := lexis.PARAMETER.match(self.text, self.position)):
            self.add(frame, Token(Kind.PARAMETER, self.position, option.end(), option[1]))
        elif mark in ";|&":
            self.end_statement(frame)
            self._separator(frame, mark)
        elif not self._common(frame, mark):
            if lexis.RUN.match(self.text, self.position) and not (lexis.NAME.match(self.text, self.position)):
                self._operator(frame)
                return
            word = read_word(self.text, self.position)
            if word.text.lower() in lexis.KEYWORDS:
                self._keyword(frame, word, word.text.lower())
            else:
                word.kind = Kind.NAME
                self.add(frame, word)

    def _argument(self, frame: Frame, mark: str) -> None:
        """Reads an argument of a command."""
        start = self.position
        last = frame.token.items[-1]
        if redirection := lexis.REDIRECTION.match(self.text, start):
            self.add(frame, Token(Kind.OPERATOR, start, redirection.end(), redirection[0]))
        elif mark in DASHES and (parameter := lexis.PARAMETER.match(self.text, start)):
            self.add(frame, Token(Kind.PARAMETER, start, parameter.end(), parameter[1], constant=not parameter[2]))
        elif mark in ".:" and last.end == start and last.kind in lexis.INDEXED:
            self._member(frame)
        elif self.text.startswith("--%", start):
            rest = lexis.REST.match(self.text, start)
            assert rest is not None
            self.add(frame, Token(Kind.WORD, start, rest.end(), rest[0], constant=False))
        elif not self._common(frame, mark):
            self.add(frame, read_word(self.text, self.position))

    def _member(self, frame: Frame) -> None:
        start = self.position
        dots = lexis.MEMBER.match(self.text, start)
        if dots is None:
            self.add(frame, read_word(self.text, self.position))
            return
        self.add(frame, Token(Kind.OPERATOR, start, dots.end(1), dots[1]))
        self.add(frame, Token(Kind.NAME, dots.start(2), dots.end(2), dots[2]))

    def _operand(self, frame: Frame, mark: str) -> None:
        """Reads one token of an expression."""
        start = self.position
        if self._common(frame, mark):
            return
        if number := lexis.NUMBER.match(self.text, start):
            self.add(frame, Token(Kind.NUMBER, start, number.end(), number[0]))
        elif name := lexis.NAME.match(self.text, start):
            keyword = name[0].lower()
            if keyword in lexis.ATTRIBUTED and frame.home is ParserState.START and self._follows_attributes(frame):
                self._keyword(frame, Token(Kind.WORD, start, name.end(), name[0]), keyword)
                return
            is_in = frame.opened_by == "foreach" and keyword == "in"
            self.add(frame, Token(Kind.KEYWORD if is_in else Kind.NAME, start, name.end(), name[0]))
            frame.state = ParserState.START if is_in else frame.state
        else:
            self._operator(frame)

    @staticmethod
    def _follows_attributes(frame: Frame) -> bool:
        """Whether an attribute such as ``[CmdletBinding()]`` stands right before."""
        last = frame.token.items[-1] if frame.token.items else None
        return last is not None and last.kind is Kind.GROUP and last.text == "["

    def _operator(self, frame: Frame) -> None:
        start = self.position
        if assign := lexis.ASSIGN.match(self.text, start):
            self._assign(frame, assign)
            return
        operator = lexis.DASH_OPERATOR.match(self.text, start) or lexis.OPERATOR.match(self.text, start)
        assert operator is not None
        if frame.state in (ParserState.START, ParserState.PIPE):
            frame.state = ParserState.EXPRESSION
        self.add(frame, Token(Kind.OPERATOR, start, operator.end(), operator[0]))

    def _assign(self, frame: Frame, assign: "re.Match[str]") -> None:
        """Reads an assignment's operator; what follows is a statement of its own, except for a parameter's default."""
        items = frame.token.items
        target = items[-1] if items else None
        self.add(frame, Token(Kind.OPERATOR, self.position, assign.end(), assign[0]))
        is_default = frame.home is ParserState.EXPRESSION
        if not is_default:
            frame.state = ParserState.START
        if target is not None and target.kind is Kind.VARIABLE:
            name = without_scope(target.text).lower()
            # A caller may give a parameter another value than its default, so a default is no constant.
            self.assignments.setdefault(name, []).append(([], 0) if is_default else (items, len(items)))

    def _label(self, frame: Frame, mark: str) -> None:
        """Reads a key of a hash table, a pattern of a switch, or a member of a class."""
        start = self.position
        if mark == "=":
            self.add(frame, Token(Kind.OPERATOR, start, start + 1, "="))
            frame.state = ParserState.START
        elif not self._common(frame, mark):
            label = lexis.KEY.match(self.text, start)
            end = label.end() if label else start + 1
            self.add(frame, Token(Kind.NAME if label else Kind.OPERATOR, start, end, self.text[start:end]))
