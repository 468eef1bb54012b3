"""What is wrong with each output of a model: the rules of scan on what it said, and copies of its training answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from audit.corpus import Corpus
from audit.engines.local import Engine
from audit.generations import SCHEMA as GENERATED
from audit.generations import Generations
from audit.signals import Signals

if TYPE_CHECKING:
    from audit.recipes.recipe import Recipe

FACTS = ("digit-start",)  # counted beside the failures; no fault in itself
FAILURES = (  # one boolean column of JUDGED each; null where it cannot be told (no-stop without a known end marker)
    "enumerator-start",
    "needless-number",
    "training-copy",
    "unrelated-copy",
    "no-stop",
    "looping",
    "empty",
    "wrong-language",
    "leftover-marker",
)
JUDGED = pa.schema(
    [
        *GENERATED,
        pa.field("said", pa.string()),  # the output up to the end marker: what a user would read
        *(pa.field(name, pa.bool_()) for name in (*FACTS, *FAILURES)),
        pa.field("copy_of", pa.int64()),  # position in the corpus of the training row that was copied, else null
        pa.field("copy_id", pa.string()),  # its id
        pa.field("copy_similarity", pa.float64()),  # 0 to 1
        pa.field("copy_related", pa.bool_()),  # whether the question of that row is related to the prompt
        pa.field("because", pa.string()),  # the messages of all findings, "; " between them; "" where all is well
    ]
)
FOUND = pa.schema(
    {
        "failure": pa.string(),
        "position": pa.int64(),  # row of Judged.table
        "message": pa.string(),
        "because": pa.string(),  # the short sign that decided
        "score": pa.float64(),
        "start": pa.int64(),  # span in `said`, code points; null where there is none
        "end": pa.int64(),
        "related": pa.list_(pa.int64()),  # positions in the corpus
    }
)


@dataclass(frozen=True)
class Judged:
    """One row of JUDGED per output, in the order of the generations, and one of FOUND per finding.

    `stops`: the end markers at which outputs were cut. `notes`: what could not be judged, and why.
    """

    table: pa.Table
    findings: pa.Table
    stops: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def judge(
    generations: Generations,
    corpus: Corpus,
    *,
    recipe: Recipe | None = None,
    engine: Engine | None = None,
    signals: Signals | None = None,
) -> Judged:
    """Judge every output against the rules of the family generation.

    Copies are looked for among the rows of `corpus` that were trained on. Outputs are cut at the recipe's stop text;
    without a recipe, at the end markers that are known and occur. To judge training answers by the same measure, see `as_generations`.
    """
    raise NotImplementedError


def as_generations(corpus: Corpus, run: str = "training answers") -> Generations:
    """The training answers as if a model had said them: the base rates that generations are compared with."""
    raise NotImplementedError
