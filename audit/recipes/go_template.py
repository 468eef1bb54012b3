"""The part of Go's text/template that Ollama's templates use: if, range, variables and a few functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TAG = re.compile(
    r"\{\{(-\s)?\s*(/\*.*?\*/|(?:\"(?:\\.|[^\"\\])*\"|`[^`]*`|[^}`\"]|\}(?!\}))*?)\s*(\s-)?\}\}", re.DOTALL
)
WORD = re.compile(r"""\(|\)|"(?:\\.|[^"\\])*"|`[^`]*`|:=|=|,|[^\s(),"`]+""")
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
    return "".join(_print(tree, values, {"$": values}))


def _pieces(template: str) -> Iterator[tuple[str, str]]:
    """Texts and tags; a dash in a tag takes away the white space beside it."""
    place, trim = 0, False
    for tag in TAG.finditer(template):
        text = template[place : tag.start()]
        text = text.lstrip() if trim else text
        yield "text", text.rstrip() if tag[1] else text
        yield "tag", tag[2].strip()
        place, trim = tag.end(), bool(tag[3])
    yield "text", template[place:].lstrip() if trim else template[place:]


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
    values: list[Any] = []
    rest = list(words)
    if "|" in rest:
        raise GoTemplateError(f"a pipe in {{{{ {' '.join(words)} }}}}")
    function = rest.pop(0) if rest and rest[0] in FUNCTIONS else ""
    while rest:
        word = rest.pop(0)
        if word == "(":
            depth, inside = 1, []
            while rest and depth:
                word = rest.pop(0)
                depth += (word == "(") - (word == ")")
                inside.append(word)
            values.append(_call(inside[:-1], dot, names))
        else:
            values.append(_value(word, dot, names))
    if function:
        return FUNCTIONS[function](*values)
    if len(values) != 1:
        raise GoTemplateError(f"{{{{ {' '.join(words)} }}}}")
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
        raise GoTemplateError(f"{{{{ {word} }}}}")
    found: Any = names[head] if head else dot
    for name in filter(None, path):
        found = found.get(name, "") if isinstance(found, Mapping) else ""
    return found


def _text(value: Any) -> str:
    return "" if value is None else str(value)
