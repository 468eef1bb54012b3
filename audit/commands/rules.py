"""`audit rules` and `audit explain`: the rulebook on the command line."""

from __future__ import annotations

import sys

import click

from audit.commands.voice import put


@click.command()
@click.argument("rule")
def explain(rule: str) -> None:
    """Print the page of RULE: what it means, why it hurts, what it flags and what it leaves alone."""
    from rich.markdown import Markdown

    from audit.reporting.screen.plain_console import PlainConsole
    from audit.rulebook.pages import find_rule

    page = find_rule(rule).page
    if sys.stdout.isatty():
        PlainConsole().print(Markdown(page, hyperlinks=False))
    else:
        put(page)


@click.command()
def rules() -> None:
    """List all rules."""
    from audit.rulebook.pages import rulebook

    width = max(len(name) for name in rulebook())
    for rule in rulebook().values():
        put(f"{rule.name:{width}}  {rule.severity.value:7}  {rule.family:10}  {rule.title}")
