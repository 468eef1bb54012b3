"""Write what audit says about our own sample sets into reports/: `python tests/regenerate.py [FOLDER]`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from audit.corpus import load
from audit.renderers import json, terminal
from audit.scan import scan

ROOT = Path(__file__).parent.parent
SAMPLES = ("korean-persona.csv", "english-instruct.jsonl")


def pages() -> Iterator[tuple[str, str]]:
    """File names in reports/ and their texts."""
    for name in SAMPLES:
        report = scan(load(ROOT / "data" / "samples" / name))
        yield f"{Path(name).stem}.txt", terminal.render_text(report, width=80)
        yield f"{Path(name).stem}.json", json.render(report)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "reports"
    for name, text in pages():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
