"""Findings and the card's section beside a dataset: in its folder, or in its repository on the hub."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from audit.nouns.dialogue import AuditError
from audit.nouns.reports import Report
from audit.reporting.renderers import card, parquet
from audit.rows.formats.hub import PATIENCE, hub_failures
from audit.workspace.runs import write_beside

if TYPE_CHECKING:
    from datasets import Dataset
    from huggingface_hub import HfApi

FINDINGS = "audit/findings.parquet"
HUB = re.compile(r"[\w.-]+/[\w.-]+")


def findings_dataset(report: Report) -> Dataset:
    """The findings as a Dataset of the library `datasets`, one row each, with question and answer of their rows."""
    from datasets import Dataset

    findings = report.findings
    rows = report.rows.take(pc.index_in(findings.column("row"), report.rows.column("id")))
    for name in ("question", "answer"):
        findings = findings.append_column(name, rows.column(name))
    return Dataset(findings.combine_chunks())


def push(report: Report, target: str) -> Iterator[str]:
    """Write card and findings to a folder, or to a dataset repository on the hub (needs a token of yours there).

    Gives a sentence for each thing done. The section of an earlier run is replaced, the rest of the card is kept.
    """
    folder = Path(target)
    if folder.is_dir():
        yield from put(report, folder)
        return
    if not HUB.fullmatch(target):
        raise AuditError(f"--push {target}: neither a folder that is there nor the name of a repository (org/name)")
    from huggingface_hub import HfApi

    api = HfApi()
    with TemporaryDirectory(prefix="audit-") as name:
        try:
            api.dataset_info(target, timeout=PATIENCE)
            had_card = _fetch_card(api, target, name)
            list(put(report, Path(name)))
            where = api.upload_folder(repo_id=target, repo_type="dataset", folder_path=name, ignore_patterns=".cache/*")
        except hub_failures() as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise AuditError(f"--push {target}: nothing was pushed: {reason}") from error
        yield f"pushed the findings and the card's section to {where}" + ("" if had_card else ", which had no card")


def _fetch_card(api: HfApi, target: str, folder: str) -> bool:
    """Put the card of a repository into a folder; False where it has none. Whatever else fails is no answer: raised."""
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    try:
        api.hf_hub_download(target, "README.md", repo_type="dataset", local_dir=folder)
    except LocalEntryNotFoundError:
        raise  # the hub could not be asked
    except EntryNotFoundError:
        return False
    return True


def put(report: Report, folder: Path) -> Iterator[str]:
    """The same into a folder, as `datasets` and the hub lay one out."""
    path, target = folder / "README.md", folder / FINDINGS
    for place in (path, target.parent, target):
        if place.is_symlink():
            raise AuditError(f"--push {folder}: {place} is a link to {place.readlink()}; nothing is written through it")
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    except UnicodeDecodeError as error:
        raise AuditError(f"{path}: no UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8") from None
    write_beside(path, with_section(text, card.render(report)))
    yield f"wrote the section on data quality in {path}"
    target.parent.mkdir(exist_ok=True)
    write_beside(target, parquet.render(report))
    yield f"wrote {report.findings.num_rows:,} findings to {target}"


def with_section(text: str, section: str) -> str:
    """A card with the section in the place of an earlier one, or at its end."""
    begin, end = text.find(card.BEGIN), text.find(card.END)
    if begin >= 0 and end > begin:
        return text[:begin] + section.rstrip("\n") + text[end + len(card.END) :]
    return f"{text.rstrip()}\n\n{section}" if text.strip() else section
