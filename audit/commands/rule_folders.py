"""The option --rules, which every command that runs or names rules has."""

from __future__ import annotations

import os
from pathlib import Path

import click

VARIABLE = "AUDIT_RULES"


def _include(_context: click.Context, _option: click.Parameter, folders: tuple[Path, ...]) -> None:
    from audit.rulebook.outside import include

    if folders:
        include(*folders)
        os.environ[VARIABLE] = os.pathsep.join(str(folder.absolute()) for folder in folders)  # as for --unpack-up-to


rule_folders = click.option(
    "--rules",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    multiple=True,
    envvar=VARIABLE,
    expose_value=False,
    callback=_include,
    help="Rules of your own: a folder of pages, whose detectors are run (see audit rules new).",
)
