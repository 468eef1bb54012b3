"""A chat template rendered in a process of its own, with little time and memory: it is a program, and not ours.

`python -m audit.recipes.rendered` reads a template and what it is given from stdin, as JSON, and writes the texts.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

SECONDS = 5  # of a processor; real templates take a few milliseconds
WALL = 60  # seconds, on a machine that is busy
MEMORY = 1 << 30  # bytes of address space, of which Python and jinja2 take a tenth
LONGEST = 1_000_000  # characters of a rendered text, which holds one question and one answer
TODAY = datetime(2024, 7, 26)  # for templates that write the date; the one that Llama 3.1's falls back to
GENERATION = re.compile(r"\{%(-?)\s*(end)?generation\s*(-?)%\}")  # marks what TRL trains on; prints nothing


class RenderingError(ValueError):
    """Why a template gives no text; the message goes on from "its chat template"."""


def render(template: str, given: Sequence[Mapping[str, Any]]) -> list[str]:
    """The template filled in with each of these variables. RenderingError where it fails, never ends or grows."""
    words = [sys.executable, "-P", "-m", "audit.recipes.rendered"]
    asked = json.dumps({"template": template, "given": list(given)})
    try:
        done = subprocess.run(words, input=asked, capture_output=True, timeout=WALL, text=True, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise RenderingError(f"does not end in {WALL} seconds") from None
    try:
        said = json.loads(done.stdout)
    except ValueError:  # killed before it could say anything
        raise RenderingError(f"does not end within {SECONDS} seconds and {MEMORY >> 30} GB of memory") from None
    if "error" in said:
        raise RenderingError(f"cannot be rendered: {said['error']}")
    texts: list[str] = said["texts"]
    return texts


def main() -> None:
    """Bound this process, then render."""
    asked = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        said: dict[str, Any] = {"texts": [_render(asked["template"], given) for given in asked["given"]]}
    except MemoryError:
        said = {"error": f"it wants more than {MEMORY >> 30} GB of memory"}
    except Exception as error:  # noqa: BLE001 - whatever a program of somebody else may raise
        said = {"error": " ".join(str(error).split())[:300] or type(error).__name__}
    json.dump(said, sys.stdout)


def _render(template: str, given: Mapping[str, Any]) -> str:
    """In jinja2's sandbox; the settings are those of transformers.utils.chat_template_utils."""
    from jinja2 import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def raise_exception(message: str) -> None:
        raise TemplateError(message)

    room = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
    room.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
    room.globals |= {"raise_exception": raise_exception, "strftime_now": TODAY.strftime}
    text = GENERATION.sub(lambda tag: f"{{%{tag[1]} {'endif' if tag[2] else 'if true'} {tag[3]}%}}", template)
    made = room.from_string(text).render(**given)
    if len(made) > LONGEST:
        raise TemplateError(f"it writes {len(made):,} characters for one question")
    return made


if __name__ == "__main__":
    main()
