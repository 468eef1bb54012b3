"""`audit recipe init` and `audit recipe check`: options become one call, its outcome an exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.commands.kept_scan import fails, split_names, write
from audit.commands.voice import hand_over, say
from audit.nouns.dialogue import AuditError
from audit.nouns.findings import Severity

if TYPE_CHECKING:
    from audit.recipes.draft import Draft

EXIT_FINDINGS = 1
QUESTIONS = {  # key -> what is asked where nothing says it; an empty reply leaves it out
    "prompt.train": "One training text, with {question} and {answer} (\\n for a line end)",
    "prompt.loss": "The loss covers what follows which text ({answer} for the answer alone, empty for everything)",
    "prompt.served": "What the model is given when it answers, with {question}",
    "prompt.stop": "The text at which serving ends an answer",
    "prompt.eos": "The end token of the model, such as </s>",
    "bos": "The token that a text begins with, such as <s>",
    "model": "The base model",
    "lora.rank": "LoRA rank (empty if the whole model was trained)",
    "lora.alpha": "LoRA alpha",
    "train.epochs": "Epochs",
    "train.max_length": "Tokens that a training text is cut at",
}


@click.group()
def recipe() -> None:
    """Write down how a model was trained and served, and check it for faults."""


@recipe.command()
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("recipe.toml"),
    show_default=True,
    help="- prints it.",
)
@click.option(
    "--set", "changes", metavar="KEY=VALUE", multiple=True, help="State a key yourself, such as lora.rank=16."
)
@click.option("--force", is_flag=True, help="Write over a recipe that is there.")
def init(sources: tuple[Path, ...], *, output: Path, changes: tuple[str, ...], force: bool) -> int:
    """Write a recipe from SOURCES, or from your answers where nothing is named.

    SOURCES are a model's folder (chat template, adapter, generation settings), a Modelfile of Ollama, and YAML files of
    LLaMA-Factory, Axolotl or TRL. Several say more than one: a Modelfile how it is served, a YAML how it was trained.
    """
    from audit.recipes.draft import Draft, merge, write_draft
    from audit.recipes.sources import read_sources
    from audit.workspace.runs import write_beside

    to_screen = str(output) == "-"
    if output.exists() and not force and not to_screen:
        raise AuditError(f"{output} is there already; --force writes over it, -o names another")
    draft = merge([read_sources(sources), Draft(dict(map(_change, changes)))])
    if _someone_is_there():
        draft = merge([draft, _ask(draft, everything=not sources and not changes)])
    text = write_draft(draft)
    for note in draft.notes:
        say(note)
    if to_screen:
        hand_over([text])
    else:
        write_beside(output, text)
        say(f"wrote {output}; read it through, then: audit recipe check {output} DATA")
    return 0


@recipe.command()
@click.argument("recipes", metavar="RECIPE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.argument("data")
@click.option(
    "--tokenizer",
    metavar="DIR|NAME",
    help="Folder with tokenizer.json, or a model in the local cache of the hub: tokens are compared, too.",
)
@click.option("--question", metavar="COLUMN", help="Column that holds the question, where its name does not tell.")
@click.option("--answer", metavar="COLUMN", help="Column that holds the answer.")
@click.option("--split", metavar="COLUMN", help="Column that says train, valid or test.")
@click.option("--select", metavar="NAMES", multiple=True, help="Run only these rules or families (comma-separated).")
@click.option("--ignore", metavar="NAMES", multiple=True, help="Do not run these rules or families.")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the report there instead of to stdout.")
@click.option(
    "--show", metavar="N", type=click.IntRange(0), default=3, show_default=True, help="Rows shown for each rule."
)
@click.option(
    "--fail-on",
    type=click.Choice([*(s.value for s in Severity), "never"]),
    default=Severity.WARNING.value,
    show_default=True,
    help="Exit with 1 if a finding is at least this severe.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever was found.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file, instead of the closest one.")
def check(
    recipes: tuple[Path, ...],
    data: str,
    *,
    form: str,
    output: Path | None,
    show: int,
    fail_on: str,
    exit_zero: bool,
    config: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    **options: Any,
) -> int:
    """Find the faults in RECIPE, given the rows in DATA that it trains on; several recipes are compared as well.

    Nothing is trained and nothing fetched. Exit code: 0 nothing found, 1 findings, 2 the input or a name is wrong.
    """
    from audit.recipe import check as run_check
    from audit.reporting.screen import recipe_screen
    from audit.rulebook.settings import find_settings, read_settings

    settings = read_settings(config) if config else find_settings(recipes[0].absolute().parent, Path.cwd())
    report = run_check(
        recipes,
        data,
        select=split_names(select),
        ignore=[*settings.options.get("ignore", ()), *split_names(ignore)],
        settings=settings.rules,
        **options,
    )
    for note in report.notes:
        say(note)
    write(report, form, output, show, recipe_screen)
    return EXIT_FINDINGS if fails(report, fail_on) and not exit_zero else 0


def _change(text: str) -> tuple[str, Any]:
    """KEY=VALUE; what reads as a JSON number, true, false or list is one."""
    key, equals, value = text.partition("=")
    if not equals:
        raise AuditError(f"--set {text}: say it as KEY=VALUE, such as lora.rank=16")
    return key.strip(), _value(value)


def _value(text: str) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        return text.replace("\\n", "\n")
    return text if isinstance(found, str | dict) or found is None else found


def _someone_is_there() -> bool:
    return sys.stdin.isatty()


def _ask(draft: Draft, everything: bool) -> Draft:
    """A draft of what the person types in: all that the draft lacks, or only what a recipe cannot do without."""
    from audit.recipes.draft import Draft

    known: Mapping[str, Any] = draft.known()
    keys = [key for key in QUESTIONS if key not in known and key != "bos"] if everything else draft.open_keys()
    replies = {key: click.prompt(QUESTIONS[key], default="", show_default=False, err=True) for key in keys}
    return Draft({key: _value(reply) for key, reply in replies.items() if reply})
