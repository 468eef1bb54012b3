"""The command line: what ends a command, and how mistakes are said. The commands themselves are in commands/."""

from __future__ import annotations

import sys

import click

from audit import __version__
from audit.commands.clean import clean, undo
from audit.commands.diagnose import diagnose
from audit.commands.experiment import experiment
from audit.commands.recipe import recipe
from audit.commands.report import report
from audit.commands.retrain import retrain
from audit.commands.review import review
from audit.commands.rules import explain, rules
from audit.commands.scan import scan
from audit.commands.sweep import sweep
from audit.types import AuditError

NOTHING_LOST = "nothing is lost: a change that was under way is finished by the next audit clean or undo"
EXIT_MISTAKE = 2
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells count


def main() -> None:
    """Entry point: mistakes that the user can mend become one line on stderr, never a traceback."""
    try:
        sys.exit(command(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_MISTAKE)
    except AuditError as error:
        _complain(str(error))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(EXIT_MISTAKE)
    except OSError as error:
        _complain(f"{error.filename or 'the system'}: {error.strerror or error}; {NOTHING_LOST}")
    except MemoryError:
        _complain(f"out of memory; audit scan can do with less (--memory 2GB); {NOTHING_LOST}")
    except (KeyboardInterrupt, click.Abort):
        click.echo(f"audit: interrupted; {NOTHING_LOST}", err=True)
        sys.exit(EXIT_INTERRUPTED)


def _complain(message: str) -> None:
    click.echo(f"audit: error: {message}", err=True)
    sys.exit(EXIT_MISTAKE)


@click.group(name="audit", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="audit")
def command() -> None:
    """Find, repair and explain the faults of question-answer sets that language models are fine-tuned on."""


for verb in (scan, clean, undo, review, diagnose, retrain, experiment, report, recipe, sweep, explain, rules):
    command.add_command(verb)
