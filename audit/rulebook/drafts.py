"""A page and a detector to begin a rule of one's own with."""

from __future__ import annotations

import json
from pathlib import Path

from audit.nouns.dialogue import AuditError
from audit.rulebook.outside import stem_of
from audit.rulebook.pages import NAME, rulebook

PAGE = """# {name}

The answer has a word that must not reach a user.

```toml
severity = "warning"{detector}
```

## Why it hurts

Say here what a model learns from such rows, and how you know.

## Flagged

```jsonl 2 findings
{{"question": "When will it be ready?", "answer": "{english} in the spring."}}
{{"question": "언제 끝나?", "answer": "{korean} 봄에는 끝나."}}
```

## Left alone

```jsonl 0 findings
{{"question": "When will it be ready?", "answer": "In the spring."}}
{{"question": "언제 끝나?", "answer": "봄에는 끝나."}}
```
"""
DETECTOR = '''"""Answers with a word that must not reach a user."""

from __future__ import annotations

from audit.nouns.findings import Finding, Observations
from audit.rows.corpus import Corpus


def {function}(corpus: Corpus, *, word: str = "TBD") -> Observations:
    """Answers that have `word`. What a detector asks for by name it is given; what follows the * are settings."""
    for position, answer in enumerate(corpus.texts("answer")):
        start = answer.find(word)
        if start >= 0:
            span = (start, start + len(word))
            yield Finding(position, f"the answer has {{word!r}}", because=word, field="answer", span=span)
'''


def write_rule(name: str, folder: Path, pattern: str | None = None) -> list[Path]:
    """Write NAME.md and NAME.py into a folder; with a pattern the page alone. AuditError where they are there already.

    The examples of a page with a pattern are those of the word "TBD", to be replaced.
    """
    if not NAME.fullmatch(name):
        raise AuditError(f"{name!r}: a rule is named in small letters, digits and hyphens")
    if name in rulebook():
        raise AuditError(f"there is a rule {name} already; call this one otherwise")
    page = folder / f"{name}.md"
    texts = {page: PAGE.format(name=name, detector=_settings(pattern), english="TBD", korean="TBD")}
    if pattern is None:
        code = page.with_name(f"{stem_of(page)}.py")
        texts[code] = DETECTOR.format(function=code.stem)
    for path in texts:
        if path.exists():
            raise AuditError(f"{path}: it is there already")
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return list(texts)


def _settings(pattern: str | None) -> str:
    if pattern is None:
        return ""
    quoted = f"'{pattern}'" if "'" not in pattern else json.dumps(pattern, ensure_ascii=False)
    return f'\ndetector = "pattern"\n\n[settings]\nfield = "answer"\nregex = {quoted}'
