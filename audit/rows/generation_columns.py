"""The columns of a file of generations: which holds the prompt, the answer, the run and its settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.rows.formats.cells import text
from audit.rows.formats.columns import ANSWER, QUESTION
from audit.rows.formats.fault import Fault
from audit.rows.formats.header import Header
from audit.rows.formats.records import Raw, Records, excerpt, first_rows, listing
from audit.rows.labels import Label

PROMPT = ("prompt", *QUESTION)
OUTPUT = (
    "llm_answer",
    "generated",
    "generated_text",
    "generation",
    "prediction",
    "model_output",
    "output_data",
    *ANSWER,
)
TRIES = ("trial_cnt", "tries", "attempts", "n_tries")  # how often an output was drawn before it was kept
RUN = ("run", "run_name", "run_id", "실행")
AXES = {"epoch": ("epoch", "에폭", "에포크"), "step": ("step", "global_step", "checkpoint")}
SETTINGS = {  # what a run may differ in, by the names of columns
    "rank": ("rank", "lora_rank", "lora_r"),
    "alpha": ("alpha", "lora_alpha"),
    "seed": ("seed",),
    "learning_rate": ("learning_rate", "lr"),
    "temperature": ("temperature",),
    "model": ("model", "model_name", "base_model"),
    "epochs": ("epochs", "num_train_epochs", "num_epochs"),
    "max_new_tokens": ("max_new_tokens", "max_tokens"),
}


@dataclass(frozen=True)
class Columns:
    """Which column of a file holds what; "" where none does."""

    prompt: str
    answer: str
    run: str
    axis: str
    count: str
    tries: str
    settings: dict[str, str]
    labels: tuple[Label, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that are needed."""
        named = (self.prompt, self.answer, self.run, self.count, self.tries, *self.settings.values())
        return tuple(dict.fromkeys(filter(None, (*named, *(label.column for label in self.labels)))))


def find_columns(records: Records, labels: Sequence[Label] = ()) -> Columns:
    """The columns of one file; AuditError that names the nearest where prompt or answer cannot be found."""
    header = header_of(records)
    found = {}
    for part, names in (("prompt", PROMPT), ("answer", OUTPUT)):
        column = header.find(names)
        if column is None:
            raise AuditError(
                f"{header.name}: no column looks like the {part}{header.near(names)}. Columns found: "
                f"{header.listing}. Call it {names[0]!r}"
            )
        found[part] = column
    axes = {axis: header.find(names) for axis, names in AXES.items()}
    axis = next((axis for axis, column in axes.items() if column), "")
    settings = {name: column for name, names in SETTINGS.items() if (column := header.find(names))}
    return Columns(
        **found,
        run=header.find(RUN) or "",
        axis=axis,
        count=axes.get(axis) or "",
        tries=header.find(TRIES) or "",
        settings=settings,
        labels=tuple(label for label in labels if label.column in header.columns),
    )


def header_of(records: Records) -> Header:
    """The columns of a file: its header, or the keys of its first records."""
    return Header(records.name, records.columns or _keys(records))


def _keys(records: Records) -> tuple[str, ...]:
    """The keys of the first records of a format without a header."""
    first = (raw for _, raw in first_rows(records))
    return tuple(dict.fromkeys(key for raw in first if not isinstance(raw, Fault) for key in raw))


def values(raw: Raw | Fault, columns: Columns) -> dict[str, Any]:
    """The values of one record; raises Fault where one cannot be read."""
    if isinstance(raw, Fault):
        raise raw
    if columns.prompt not in raw:
        raise Fault(f"has no {columns.prompt!r}, only: {listing(raw)}")
    return {
        "raw": raw,
        "tries": text(raw.get(columns.tries), columns.tries).strip() if columns.tries else "",
        "prompt": text(raw[columns.prompt], columns.prompt),
        "answer": text(raw.get(columns.answer), columns.answer),
        "stopped": None,
        "run": text(raw.get(columns.run), columns.run).strip() if columns.run else "",
        "epoch": _whole(text(raw.get(columns.count), columns.count), columns.count) if columns.count else None,
        "settings": {name: text(raw.get(column), column).strip() for name, column in columns.settings.items()},
    }


def _whole(value: str, column: str) -> int:
    """An epoch or a step; CSV files made from columns with gaps write it as "3.0"."""
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < 2**31 or number != int(number):
        raise Fault(
            f"column {column!r} holds {excerpt(value)}, not a whole number; count steps instead of parts of an epoch"
        )
    return int(number)
