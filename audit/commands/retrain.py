"""`audit retrain` on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from audit.commands.kept_scan import keep_run, recover, say_notes, write
from audit.commands.training_options import name_data, settings_of, training_options
from audit.nouns.dialogue import AuditError


@click.command()
@click.argument("data", required=False)
@click.option(
    "--rank", type=int, help="Rank of the adapter; LoRA's scale stays as it was.  [default: the recipe's, or 16]"
)
@click.option(
    "--data",
    "level",
    type=click.Choice(["raw", "clean"]),
    help="Train on DATA or on its cleaned copy.  [default: clean, if there is one]",
)
@click.option("--compare", is_flag=True, help="Train the same on the raw data, too, to compare with.")
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the adapter, the order and the answers."
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the adapter.  [default: .audit/adapters/NAME]")
@click.option(
    "--resume/--restart", default=True, help="Go on from the last checkpoint, or start again.  [default: resume]"
)
@click.option("--device", metavar="DEVICE", default="auto", show_default=True, help="cpu, cuda, mps, or auto.")
@click.option(
    "--threads", type=click.IntRange(1), default=1, show_default=True, help="Threads; the numbers may differ a little."
)
@click.option("--report-to", metavar="NAME", default="none", show_default=True, help="tensorboard, wandb or mlflow.")
@click.option("--trust-remote-code", is_flag=True, help="Run code that comes with the model.")
@training_options
def retrain(
    data: str | None,
    *,
    level: str | None,
    resume: bool,
    form: str,
    output: Path | None,
    show: int,
    **options: Any,
) -> int:
    """Train a LoRA adapter on the cleaned data, and say what became of the failures.

    DATA is what was scanned last in this folder where it is left out. The model answers the held-out questions under
    the prompt of serving and under that of training, and its answers are judged as audit diagnose judges them.
    """
    from audit.reporting.screen import retraining_screen
    from audit.reporting.screen.progress import TrialBars
    from audit.retrain import retrain as run_retrain
    from audit.workspace.runs import Workspace

    recover(data)
    named = name_data(data)
    if level == "clean" and named.cleaned is None:
        raise AuditError(f"{named.data}: there is no cleaned copy yet; make one: audit clean {named.data}")
    with TrialBars() as watch:
        report = run_retrain(
            named.data,
            level="clean" if (level or ("clean" if named.cleaned else "raw")) == "clean" else "raw",
            cleaned=named.cleaned,
            reading=named.reading,
            train=settings_of(options),
            restart=not resume,
            watch=watch,
            **options,
        )
    say_notes(report)
    write(report, form, output, show, retraining_screen)
    keep_run(report, Workspace.beside(named.data), named.data)
    return 0
