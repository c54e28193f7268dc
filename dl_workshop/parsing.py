"""A formula in Python notation as a tree. No text is ever run as Python.

The grammar is small and parsed by hand, not with `ast`: the browser's parser is the same, and both must find the same
mistake at the same place.
"""

import re
import unicodedata
from collections.abc import Collection
from typing import Any, NamedTuple, NoReturn

from dl_workshop import checks
from dl_workshop.grammar import (
    BINDS,
    COMPARISON,
    CONSTANTS,
    DEEPEST,
    FORMS,
    LARGEST,
    LARGEST_EXPONENT,
    LONGEST,
    LOOK_ALIKES,
    MODULES,
    MOST_NODES,
    PIECE,
    REFUSED,
    RENAMED,
    SAME,
    SENTENCES,
    SPACES,
    UNARY,
    WORDS,
    WRITTEN,
)


class Number(NamedTuple):
    """A number, 0 or above."""

    value: float


class Name(NamedTuple):
    """One of the names that a formula can use."""

    name: str


class Operation(NamedTuple):
    """One of + - * / ** < > <= >= on two operands, or - on one."""

    sign: str
    operands: tuple["Expression", ...]


class Call(NamedTuple):
    """A function of its arguments; `len` is the number of examples."""

    function: str
    arguments: tuple["Expression", ...]


Expression = Number | Name | Operation | Call


PIECES = re.compile(PIECE)


class ExpressionError(ValueError):
    """A text that is no formula here: its message is a sentence for the learner.

    Attributes:
        start, end: which characters of the text it is about, as in `text[start:end]`.
    """

    def __init__(self, sentence: str, start: int, end: int):
        super().__init__(sentence)
        self.start, self.end = start, end


def parse(text: str, names: Collection[str]) -> Expression:
    """Return the tree of a formula such as `np.mean((y_true - y_pred) ** 2)`.

    Spellings of the same function are one in the tree: `square(x)` and `power(x, 2)` are `x ** 2`.

    Args:
        text: at most 300 characters; a `return` in front of the formula is passed over.
        names: what the formula can use, such as w, x and b.

    Raises:
        ExpressionError: the text is anything else than a formula of these names.
        ValueError: it is no text.
    """
    checks.instance("a formula", text, str, "text")
    return _Parser(text, names).whole()


class _Token(NamedTuple):
    kind: str  # "number", "word", "sign", "stray" (what is in no formula) or "end"
    text: str
    start: int
    end: int


def _refuse(sentence: str, start: int, end: int, **words: str) -> NoReturn:
    raise ExpressionError(SENTENCES[sentence].format(**words), start, end)


def _tokens(text: str) -> list[_Token]:
    if len(text) > LONGEST:
        _refuse("long", LONGEST, len(text))
    tokens, at = [], 0
    while at < len(text):
        if text[at] in SPACES:
            at += 1
            continue
        match = PIECES.match(text, at)
        kind, piece = (str(match.lastgroup), match.group()) if match else ("stray", text[at])
        odd = next((k for k, letter in enumerate(piece) if kind == "word" and not _is_letter(letter)), None)
        if odd == 0:
            kind, piece = "stray", piece[0]
        elif odd is not None:
            piece = piece[:odd]
        tokens.append(_Token(kind, piece, at, at + len(piece)))
        at += len(piece)
    return [*tokens, _Token("end", "", len(text), len(text))]


def _is_letter(letter: str) -> bool:
    """Whether a character of a word is one, or a digit, or looks like a letter."""
    return bool(re.fullmatch("[A-Za-z_0-9]", letter) or re.fullmatch("[A-Za-z_]+", _folded(letter)))


def _refuse_stray(token: _Token) -> NoReturn:
    plain = unicodedata.normalize("NFKC", token.text)
    right = WRITTEN.get(token.text, plain if plain != token.text and re.fullmatch("[!-~]", plain) else "")
    sentence = REFUSED.get(token.text, "sign" if right else "strange")
    _refuse(sentence, token.start, token.end, sign=token.text, right=right)


def _folded(word: str) -> str:
    """Return the word in the letters that its own look like."""
    plain = (unicodedata.normalize("NFKC", letter) for letter in word)
    return "".join(LOOK_ALIKES.get(letter, letter) for letter in plain)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."


class _Parser:
    """Recursive descent by how strongly signs bind (Pratt 1973, "Top down operator precedence")."""

    def __init__(self, text: str, names: Collection[str]):
        self.text, self.names = text, names
        self.tokens = _tokens(text)
        if self.tokens[0].text == "return":
            del self.tokens[0]
        self.at = self.nodes = 0
        self.within: list[_Token] = []  # parentheses and signs that are open
        self.value = 0  # where the last whole value begins

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def open(self) -> None:
        token = self.take()
        self.within.append(token)
        if len(self.within) > DEEPEST:
            _refuse("deep", token.start, token.end)

    def close(self) -> None:
        if self.token.text != ")":
            self.refuse_after_value()
        self.take()
        self.within.pop()

    def made(self, node: Expression) -> Expression:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            _refuse("many", 0, len(self.text))
        return node

    def whole(self) -> Expression:
        if self.token.kind == "end":
            _refuse("empty", 0, len(self.text))
        tree = self.expression(0)
        if self.token.kind != "end":
            self.refuse_after_value()
        return tree

    def expression(self, limit: int) -> Expression:
        """Take a value and what signs that bind more strongly than `limit` make of it."""
        tree = self.signed()
        while (binds := BINDS.get(self.token.text, 0)) > limit:
            sign, start = self.take().text, self.token.start
            right = self.expression(UNARY if sign == "**" else binds)
            if binds == COMPARISON == BINDS.get(self.token.text):
                _refuse("chain", self.token.start, self.token.end)
            if sign == "**":
                tree = self.power(tree, right, start, self.tokens[self.at - 1].end)
            else:
                tree = self.made(Operation(sign, (tree, right)))
        return tree

    def signed(self) -> Expression:
        sign, start = self.token.text, self.token.start
        if sign in ("+", "-"):
            self.open()
            operand = self.expression(UNARY)
            self.within.pop()
            return operand if sign == "+" else self.made(Operation("-", (operand,)))
        tree = self.primary()
        while self.token.text == ".":
            tree = self.method(tree)
        self.value = start
        return tree

    def primary(self) -> Expression:
        token = self.token
        if token.kind == "stray":
            _refuse_stray(token)
        if token.kind == "number":
            self.take()
            if float(token.text) > LARGEST:
                _refuse("large", token.start, token.end, text=_short(token.text))
            return self.made(Number(float(token.text)))
        if token.kind == "word":
            return self.word()
        if token.text == "(":
            self.open()
            tree = self.expression(0)
            self.close()
            return tree
        if token.text in REFUSED:
            _refuse(REFUSED[token.text], token.start, token.end, sign=token.text)
        if token.text == ")" and not self.parentheses():
            _refuse("closing", token.start, token.end)
        if self.at == 0:
            _refuse("before", token.start, token.end, sign=token.text)
        before = self.tokens[self.at - 1]
        _refuse("after", before.start, before.end, sign=before.text)

    def word(self) -> Expression:
        name, module = self.take(), ""
        prefix = name.text in MODULES and name.text not in self.names and self.token.text == "."
        if prefix and self.tokens[self.at + 1].kind == "word":
            module = name.text
            self.take()
            name = self.take()
        called = self.token.text == "("
        if not module and name.text in self.names:
            return self.made(Name(name.text))
        if called and name.text in FORMS:
            return self.call(name)
        if name.text in CONSTANTS:
            return self.made(Number(CONSTANTS[name.text]))
        self.refuse_word(name, module, called)

    def call(self, name: _Token) -> Expression:
        self.open()
        arguments: list[Expression] = []
        comma: dict[str, Any] | None = None
        while True:
            if self.token.kind == "word" and self.tokens[self.at + 1].text == "=":
                equals = self.tokens[self.at + 1]
                _refuse("keyword", self.token.start, equals.end, sign=f"{self.token.text} =")
            start = self.token.start
            arguments.append(self.expression(0))
            if self.token.text != ",":
                break
            comma = comma or self.decimal()
            self.take()
        self.close()
        end = self.tokens[self.at - 1]
        if len(arguments) != FORMS[name.text].count(",") + 1:
            if comma:
                _refuse("decimal", **comma)
            _refuse("arguments", name.start, end.end, name=name.text, right=FORMS[name.text])
        if name.text == "square":
            return self.power(arguments[0], self.made(Number(2.0)), start, end.start)
        if name.text == "power":
            return self.power(arguments[0], arguments[1], start, end.start)
        return self.made(Call(SAME.get(name.text, name.text), tuple(arguments)))

    def power(self, base: Expression, exponent: Expression, start: int, end: int) -> Expression:
        size = exponent.operands[0] if isinstance(exponent, Operation) and exponent.sign == "-" else exponent
        if isinstance(size, Number) and size.value > LARGEST_EXPONENT:
            _refuse("exponent", start, end, text=_short(self.text[start:end]))
        return self.made(Operation("**", (base, exponent)))

    def method(self, tree: Expression) -> Expression:
        name, *more = (token.text for token in self.tokens[self.at + 1 : self.at + 5])
        for names, rest in ((("mean", "sum"), ["(", ")"]), (("size",), []), (("shape",), ["[", "0", "]"])):
            if name in names and more[: len(rest)] == rest:
                self.at += 2 + len(rest)
                return self.made(Call(name if name in FORMS else "len", (tree,)))
        after = self.tokens[self.at + 1]
        _refuse("attribute", self.token.start, after.end if after.kind == "word" else self.token.end)

    def parentheses(self) -> list[_Token]:
        return [token for token in self.within if token.text == "("]

    def decimal(self) -> dict[str, Any] | None:
        """Return what there is to say on a comma that is in a number."""
        before, comma, after = self.tokens[self.at - 1 : self.at + 2]
        whole = before.kind == after.kind == "number" and before.text.isdigit() and after.text[0] != "."
        if whole and before.end == comma.start and comma.end == after.start:
            return {"start": before.start, "end": after.end, "right": f"{before.text}.{after.text}"}
        return None

    def refuse_after_value(self) -> NoReturn:
        """Say why what follows a whole value cannot follow it."""
        token, before = self.token, self.tokens[self.at - 1]
        if token.kind == "stray":
            _refuse_stray(token)
        if token.text in WORDS:
            _refuse(WORDS[token.text], token.start, token.end, name=token.text)
        if before.kind == "number" and token.text in ("j", "J") and before.end == token.start:
            _refuse("imaginary", before.start, token.end, text=self.text[before.start : token.end])
        if token.kind in ("number", "word") or token.text == "(":
            left, (right, end) = self.text[self.value : before.end], self.value_from(self.at)
            _refuse("product", self.value, end, left=_short(left), right=_short(right))
        if token.text in REFUSED:
            _refuse(REFUSED[token.text], token.start, token.end, sign=token.text)
        if token.text == ",":
            comma = self.decimal()
            if comma:
                _refuse("decimal", **comma)
            _refuse("comma", token.start, token.end)
        if token.text == ")":
            _refuse("closing", token.start, token.end)
        opening = self.parentheses()[-1]
        _refuse("unclosed", opening.start, opening.end)

    def value_from(self, at: int) -> tuple[str, int]:
        """Return the text of the value that begins with a token, with all of its parentheses, and where it ends."""
        start, depth = self.tokens[at].start, 0
        if self.tokens[at].kind == "word" and self.tokens[at + 1].text == "(":
            at += 1
        while True:
            depth += {"(": 1, ")": -1}.get(self.tokens[at].text, 0)
            if depth <= 0 or self.tokens[at + 1].kind == "end":
                return self.text[start : self.tokens[at].end], self.tokens[at].end
            at += 1

    def refuse_word(self, word: _Token, module: str, called: bool) -> NoReturn:
        """Say what the learner may have meant by a word that is neither a name nor a function here."""
        name, folded = word.text, _folded(word.text)
        place: dict[str, Any] = {"start": word.start, "end": word.end}
        if not module and name in WORDS:
            _refuse(WORDS[name], **place, name=name)
        if name in FORMS:
            _refuse("bare", **place, name=name, right=FORMS[name])
        known = [*([] if module else self.names), *FORMS, *(CONSTANTS if module else [])]
        if folded in known:
            _refuse("look_alike", **place, name=name, right=folded)
        for right in known:
            if right.lower() == folded.lower():
                _refuse("case", **place, name=name, right=right)
        if (called or module) and folded.lower() in RENAMED:
            _refuse("renamed", **place, name=name, right=RENAMED[folded.lower()])
        if module:
            _refuse("module", **place, name=name, module=module)
        if called:
            _refuse("function", **place, name=name, right=_short(self.value_from(self.at)[0]))
        for k in range(1, len(name)):
            left, right = name[:k], name[k:]
            if left in self.names and right in self.names:
                _refuse("product", **place, left=left, right=right)
        _refuse("unknown", **place, name=name, names=", ".join(self.names))
