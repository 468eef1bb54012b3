"""`audit rules` and `audit explain`: the rulebook on the command line, and pages of one's own."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from audit.commands.rule_folders import rule_folders
from audit.commands.voice import put, say

EXIT_FINDINGS = 1


@click.command()
@click.argument("rule")
@rule_folders
def explain(rule: str) -> None:
    """Print the page of RULE: what it means, why it hurts, what it flags and what it leaves alone."""
    from rich.markdown import Markdown

    from audit.reporting.screen.plain_console import PlainConsole
    from audit.rulebook.pages import find_rule

    page = find_rule(rule).page
    if sys.stdout.isatty():
        PlainConsole().print(Markdown(page))
    else:
        put(page)


@click.group(invoke_without_command=True)
@rule_folders
@click.pass_context
def rules(context: click.Context) -> None:
    """List all rules; test and write rules of your own."""
    if context.invoked_subcommand is not None:
        return
    from audit.rulebook.pages import left_out, rulebook

    width, families = (max(map(len, names)) for names in (rulebook(), (r.family for r in rulebook().values())))
    for rule in rulebook().values():
        level = "off" if rule.off else rule.severity.value
        put(f"{rule.name:{width}}  {level:7}  {rule.family:{families}}  {rule.title}")
    for sentence in left_out():
        say(sentence)


@rules.command()
@click.argument("folder", type=click.Path(path_type=Path))
def test(folder: Path) -> int:
    """Run the examples on the pages of FOLDER.

    Exit code: 0 where all come out as the pages say, 1 where one does not, 2 where a page cannot be read.
    """
    from audit.diagnosis.page_examples import problems
    from audit.nouns.dialogue import AuditError
    from audit.rulebook.outside import include
    from audit.rulebook.pages import rulebook

    include(folder)
    mine = [rule for rule in rulebook().values() if rule.outside and rule.home == folder.resolve()]
    if not mine:
        raise AuditError(f"{folder}: no page of a rule is in it; audit rules new NAME --in {folder} writes one")
    failed = 0
    for rule in mine:
        try:
            found = list(problems(rule))
        except AuditError as error:
            found = [str(error)]
        failed += bool(found)
        put(f"{rule.name}  {'; '.join(found) or f'{len(rule.examples)} examples come out as the page says'}")
    return EXIT_FINDINGS if failed else 0


@rules.command()
@click.argument("name")
@click.option("--in", "folder", type=click.Path(path_type=Path), default=Path("rules"), show_default=True)
@click.option("--pattern", metavar="REGEX", help="A page alone, which finds what matches in answers.")
def new(name: str, folder: Path, pattern: str | None) -> None:
    """Write the page of a rule NAME, and its detector, to begin with; they pass their own examples."""
    from audit.rulebook.drafts import write_rule

    for path in write_rule(name, folder, pattern):
        say(f"wrote {path}")
    say(f"next: change them, audit rules test {folder}, audit scan --rules {folder} DATA")
