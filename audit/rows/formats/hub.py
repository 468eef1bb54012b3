"""Data sets of the library `datasets`: in memory or on the hub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.rows.formats.arrow import BATCH, rows_of
from audit.rows.formats.records import Record, Records, check_columns

PATIENCE = 10  # seconds that the hub has to answer


def open_hub(name: str) -> Records:
    """A data set of the Hugging Face hub, "org/name" or "org/name/config"."""
    from datasets import load_dataset
    from datasets.exceptions import DatasetsError

    owner, title, *config = [*name.removeprefix("hf://").removeprefix("datasets/").split("/"), ""]
    config = [part for part in config if part]
    if not owner or not title:
        raise AuditError(f"{name}: a data set of the hub is named hf://org/name, or hf://org/name/config")
    if Path(owner, title).exists():
        raise AuditError(
            f"{name}: {owner}/{title} is here as well, and would be taken for it; if it is meant, name that"
        )
    _ask_for(f"{owner}/{title}", name)
    try:
        return open_dataset(name, load_dataset(f"{owner}/{title}", *config))
    except (DatasetsError, ValueError, *hub_failures()) as error:
        reason = " ".join(str(error).split())
        raise AuditError(
            f"{name}: no such file here, and the hub does not give it: {reason} "
            "(a data set with several configurations is written hf://org/name/config)"
        ) from error


def hub_failures() -> tuple[type[Exception], ...]:
    """What goes wrong on the way to the hub; its library lets through the errors of the one it sends requests with."""
    from huggingface_hub.errors import HfHubHTTPError

    return (*HfHubHTTPError.__bases__, OSError)


def _ask_for(repository: str, name: str) -> None:
    """AuditError at once where the hub is out of reach or has no such data set: `datasets` would try for 23 seconds."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, HFValidationError, OfflineModeIsEnabled, RepositoryNotFoundError

    try:
        HfApi().dataset_info(repository, timeout=PATIENCE)
    except (GatedRepoError, OfflineModeIsEnabled):
        return  # `datasets` knows what to say, or has it in its cache
    except (RepositoryNotFoundError, HFValidationError):
        raise AuditError(f"{name}: no such file here, and no data set of the hub that you may read") from None
    except hub_failures() as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise AuditError(
            f"{name}: no such file here, and as a data set of the hub it cannot be reached: {reason} "
            "(HF_HUB_OFFLINE=1 reads what was fetched before)"
        ) from error


def open_dataset(name: str, data: Any) -> Records:
    """A `datasets.Dataset`, or a DatasetDict, whose keys become the splits of the rows."""
    parts = dict(data) if isinstance(data, Mapping) else {"": data}
    columns = dict.fromkeys(column for part in parts.values() for column in part.column_names)
    if "" not in parts:
        columns.setdefault("split")
    return Records(name, "dataset", partial(_read, parts), check_columns(name, columns))


def _read(parts: Mapping[str, Any], columns: Sequence[str] | None) -> Iterator[Record]:
    for split, part in parts.items():
        wanted = [c for c in part.column_names if columns is None or c in columns]
        for batch in part.select_columns(wanted).with_format("arrow").iter(BATCH):
            for row in rows_of(batch):
                if split and isinstance(row, dict):
                    row.setdefault("split", split)
                yield 0, row
