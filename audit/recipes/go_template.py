"""The part of Go's text/template that Ollama's templates use: if, range, variables and a few functions."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NEXT = re.compile(r'"(?:\\.|[^"\\])*"|`[^`]*`|\}\}|["`]', re.DOTALL)  # inside a tag: a text, its end, or a stray quote
COMMENT = re.compile(r"(?:-\s)?\s*/\*")
WORD = re.compile(r"""\(|\)|"(?:\\.|[^"\\])*"|`[^`]*`|:=|=|,|[^\s(),"`]+""")
STEPS = 100_000  # pieces that a template may print; one question takes a dozen
LONGEST = 1_000_000  # characters of a text
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "and": lambda *values: next((value for value in values if not value), values[-1]),
    "or": lambda *values: next((value for value in values if value), values[-1]),
    "not": lambda value: not value,
    "eq": lambda first, *others: first in others,
    "ne": lambda first, second: first != second,
    "lt": lambda first, second: first < second,
    "le": lambda first, second: first <= second,
    "gt": lambda first, second: first > second,
    "ge": lambda first, second: first >= second,
    "len": len,
    "index": lambda values, place: values[place],
    "slice": lambda values, start=0, end=None: values[start:end],
    "print": lambda *values: "".join(map(str, values)),
}


class GoTemplateError(ValueError):
    """Something of Go's templates that is not known here; the message says what."""


@dataclass
class Block:
    """An if, range or with: its branches in order, each a condition ("" for else) and what stands in it."""

    keyword: str
    branches: list[tuple[str, list[Any]]] = field(default_factory=list)


def render(template: str, values: Mapping[str, Any]) -> str:
    """The template filled in; names that `values` lacks are empty. GoTemplateError where it goes beyond this part."""
    tree: list[Any] = []
    stack: list[tuple[Block, list[Any]]] = []
    into = tree
    for kind, text in _pieces(template):
        keyword, _, rest = text.partition(" ") if kind == "tag" else ("", "", "")
        if kind == "text":
            into.append(text)
        elif keyword in ("if", "range", "with"):
            block = Block(keyword, [(rest.strip(), [])])
            into.append(block)
            stack.append((block, into))
            into = block.branches[-1][1]
        elif keyword in ("else", "end") and not stack:
            raise GoTemplateError(f"{{{{ {keyword} }}}} without an if")
        elif keyword == "else":
            condition = rest.strip().removeprefix("if").strip()
            stack[-1][0].branches.append((condition, []))
            into = stack[-1][0].branches[-1][1]
        elif keyword == "end":
            into = stack.pop()[1]
        elif text and not text.startswith("/*"):
            into.append(("value", text))
    if stack:
        raise GoTemplateError(f"{{{{ {stack[-1][0].keyword} }}}} without an end")
    return "".join(_few(_print(tree, values, {"$": values})))


def _few(pieces: Iterable[str]) -> Iterator[str]:
    """These pieces, if they are not endlessly many: a range in a range in a range multiplies."""
    length = 0
    for step, piece in enumerate(pieces):
        length += len(piece)
        if step > STEPS or length > LONGEST:
            raise GoTemplateError("more than one question can need")
        yield piece


def _pieces(template: str) -> Iterator[tuple[str, str]]:
    """Texts and tags; a dash in a tag takes away the white space beside it."""
    place, trim = 0, False
    while (begin := template.find("{{", place)) >= 0:
        end = _end_of_tag(template, begin + 2)
        tag, text = template[begin + 2 : end], template[place:begin]
        left, right = re.match(r"-\s", tag) is not None, re.search(r"\s-\Z", tag[-2:]) is not None
        text = text.lstrip() if trim else text
        yield "text", text.rstrip() if left else text
        yield "tag", tag[2 * left : len(tag) - 2 * right].strip()
        place, trim = end + 2, right
    yield "text", template[place:].lstrip() if trim else template[place:]


def _end_of_tag(template: str, place: int) -> int:
    """Where the braces stand that end the tag; texts and comments in it may hold braces."""
    if comment := COMMENT.match(template, place):
        place = template.find("*/", comment.end())
    while place >= 0 and (found := NEXT.search(template, place)) and found[0] not in ('"', "`"):
        if found[0] == "}}":
            return found.start()
        place = found.end()
    raise GoTemplateError("{{ without }}")


def _print(tree: Sequence[Any], dot: Any, names: dict[str, Any]) -> Iterator[str]:
    for node in tree:
        if isinstance(node, str):
            yield node
        elif isinstance(node, Block):
            yield from _print_block(node, dot, names)
        else:
            yield _text(_evaluate(node[1], dot, names))


def _print_block(block: Block, dot: Any, names: dict[str, Any]) -> Iterator[str]:
    if block.keyword == "range":
        variables, _, expression = block.branches[0][0].rpartition(":=")
        items = _evaluate(expression, dot, names) or []
        for place, item in enumerate(items):
            bound = [name.strip() for name in variables.split(",")] if variables else []
            extra = dict(zip(bound, (place, item) if len(bound) == 2 else (item,), strict=False))
            yield ""  # a step, even where nothing is printed
            yield from _print(block.branches[0][1], item, {**names, **extra})
        if not items and len(block.branches) > 1:
            yield from _print(block.branches[1][1], dot, names)
        return
    for condition, body in block.branches:
        value = _evaluate(condition, dot, names) if condition else True
        if value:
            yield from _print(body, value if block.keyword == "with" and condition else dot, names)
            return


def _evaluate(expression: str, dot: Any, names: dict[str, Any]) -> Any:
    words = WORD.findall(expression)
    if len(words) > 1 and words[1] in (":=", "="):
        names[words[0]] = _call(words[2:], dot, names)
        return ""
    return _call(words, dot, names)


def _call(words: list[str], dot: Any, names: Mapping[str, Any]) -> Any:
    """The value of one expression: a name, a text, a number, or a function with its arguments."""
    said = f"{{{{ {' '.join(words)[:100]} }}}}"
    if "|" in words:
        raise GoTemplateError(f"a pipe in {said}")
    return _call_up_to_end(deque(words), said, dot, names)


def _call_up_to_end(rest: deque[str], said: str, dot: Any, names: Mapping[str, Any]) -> Any:
    """The same of the words up to the end or the parenthesis that closes it; they are taken out of `rest`."""
    values: list[Any] = []
    function = rest.popleft() if rest and rest[0] in FUNCTIONS else ""
    while rest and (word := rest.popleft()) != ")":
        values.append(_call_up_to_end(rest, said, dot, names) if word == "(" else _value(word, dot, names))
    if function:
        made = FUNCTIONS[function](*values)
        if isinstance(made, str) and len(made) > LONGEST:  # print doubles what it is given
            raise GoTemplateError(f"a text of {len(made):,} characters")
        return made
    if len(values) != 1:
        raise GoTemplateError(said)
    return values[0]


def _value(word: str, dot: Any, names: Mapping[str, Any]) -> Any:
    if word[0] in '"`':
        plain = word[1:-1]
        return plain if word[0] == "`" else re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), plain)
    if word.lstrip("-").isdigit():
        return int(word)
    if word in ("true", "false"):
        return word == "true"
    head, *path = word.split(".")
    if head and head not in names:
        raise GoTemplateError(f"{{{{ {word[:100]} }}}}")
    found: Any = names[head] if head else dot
    for name in filter(None, path):
        found = found.get(name, "") if isinstance(found, Mapping) else ""
    return found


def _text(value: Any) -> str:
    return "" if value is None else str(value)
