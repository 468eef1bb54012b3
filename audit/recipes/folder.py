"""The settings files of a model's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from audit.nouns.dialogue import AuditError

LARGEST = 50_000_000  # bytes; the largest tokenizer_config.json known has 1.2 million


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; empty where there is no such file, AuditError where it cannot be read."""
    if not path.is_file():
        return {}
    try:
        found = json.loads(read_text(path))
    except ValueError as error:
        raise AuditError(f"{path}: cannot be read as JSON: {error}") from None
    except RecursionError:
        raise AuditError(f"{path}: cannot be read as JSON: it is nested too deeply") from None
    return found if isinstance(found, dict) else {}


def read_text(path: Path, most: int = LARGEST) -> str:
    """The text of a file; AuditError where it is not UTF-8, or of more bytes than such a file has."""
    if (size := path.stat().st_size) > most:
        raise AuditError(f"{path}: {size:,} bytes are too many for settings of a model; up to {most:,} are read")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise AuditError(f"{path}: cannot be read as UTF-8: {error}") from None


def token_text(value: Any) -> str:
    """A special token, which is written as a text or as a table with its content; "" where there is none."""
    return str((value.get("content") if isinstance(value, dict) else value) or "")
