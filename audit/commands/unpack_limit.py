"""The option --unpack-up-to, which every command that reads data has; no settings file can hold it."""

from __future__ import annotations

import os

import click

VARIABLE = "AUDIT_UNPACK_UP_TO"


def _allow(_context: click.Context, _option: click.Parameter, size: str | None) -> None:
    from audit.rows.formats.limits import allow

    if size is not None:
        allow(size)
        os.environ[VARIABLE] = size  # for the processes that this command starts, as review --web does


unpack_up_to = click.option(
    "--unpack-up-to",
    metavar="SIZE",
    envvar=VARIABLE,
    expose_value=False,
    callback=_allow,
    help="How much a packed file may unpack to, such as 50GB.  [default: 100 times its size, 20GB at most]",
)
