"""The rows that a recipe trains on."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from audit.rows.corpus import Corpus
from audit.rows.splits import side


def training_rows(corpus: Corpus) -> list[int]:
    """Positions of the rows that are trained on: all but those whose split is held out."""
    splits = corpus.column("split")
    held_out = [name for name in pc.unique(splits).to_pylist() if side(name) == "held-out"]
    trained = pc.invert(pc.is_in(splits, pa.array(held_out, pa.string())))
    return pc.indices_nonzero(trained).to_pylist()  # type: ignore[no-any-return]
