"""The command line: what ends a command, and how mistakes are said. The commands themselves are in commands/."""

from __future__ import annotations

import io
import os
import sys
import traceback
from pathlib import Path
from typing import NoReturn

import click

from audit import __version__
from audit.commands.clean import clean, undo
from audit.commands.diagnose import diagnose
from audit.commands.experiment import experiment
from audit.commands.recipe import recipe
from audit.commands.report import report
from audit.commands.retrain import retrain
from audit.commands.review import review
from audit.commands.rule_folders import rule_folders
from audit.commands.rules import explain, rules
from audit.commands.scan import scan
from audit.commands.sweep import sweep
from audit.commands.unpack_limit import unpack_up_to
from audit.commands.voice import say, speak_to_any_terminal
from audit.nouns.dialogue import AuditError
from audit.nouns.foreign_text import lines

NOTHING_LOST = "nothing is lost: a change that was under way is finished by the next audit clean or undo"
EXIT_MISTAKE = 2
EXIT_FAULT = 3
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells count
HERE = Path(__file__).parent
EXIT_CODES = """Exit codes: 0 done and nothing found, 1 findings (of scan, report and recipe check), 2 the input, a
name or an option is wrong, 3 a fault of audit itself, 130 interrupted. With AUDIT_TRACEBACK=1 a fault shows where it
happened."""


def main() -> None:
    """Entry point: whatever ends a command becomes one line on stderr and its exit code, never a traceback."""
    speak_to_any_terminal()
    try:
        sys.exit(command(standalone_mode=False))
    except SystemExit:
        raise
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        click.echo(lines(said.getvalue()), nl=False, err=True)
        sys.exit(EXIT_MISTAKE)
    except AuditError as error:
        _complain(*error.args)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(EXIT_MISTAKE)
    except OSError as error:
        _complain(f"{error.filename or 'the system'}: {error.strerror or error}; {NOTHING_LOST}")
    except MemoryError:
        _complain(f"out of memory; audit scan can do with less (--memory 2GB); {NOTHING_LOST}")
    except (KeyboardInterrupt, click.Abort):
        say(f"interrupted; {NOTHING_LOST}")
        sys.exit(EXIT_INTERRUPTED)
    except BaseException as error:  # noqa: BLE001 - nobody is above: a traceback would exit with 1, which says "findings"
        _confess(error)


def _complain(*messages: str) -> NoReturn:
    """A mistake that the user can mend."""
    first, *more = messages
    say(f"error: {first}")
    for line in more:
        click.echo(line, err=True)  # a list, each line of which AuditError has cleaned
    sys.exit(EXIT_MISTAKE)


def _confess(error: BaseException) -> NoReturn:
    """A mistake of ours, which no code above foresaw; libraries in Rust raise what is no Exception, too."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(HERE)] or frames
    where = f" ({Path(ours[-1].filename).name}, line {ours[-1].lineno})" if ours else ""
    what = f"{type(error).__name__}: {error}"[:300]
    if os.environ.get("AUDIT_TRACEBACK"):
        click.echo(lines("".join(traceback.format_exception(error))), err=True)
    say(
        f"fault of audit itself, not of your data: {what}{where}; {NOTHING_LOST}; AUDIT_TRACEBACK=1 shows where it "
        "happened, for whoever mends it"
    )
    sys.exit(EXIT_FAULT)


@click.group(
    name="audit", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=EXIT_CODES
)
@click.version_option(__version__, prog_name="audit")
def command() -> None:
    """Find, repair and explain the faults of question-answer sets that language models are fine-tuned on."""


for reader in (scan, clean, undo, review, diagnose, retrain, experiment, recipe.commands["check"], sweep):
    unpack_up_to(reader)
    rule_folders(reader)
for verb in (scan, clean, undo, review, diagnose, retrain, experiment, report, recipe, sweep, explain, rules):
    command.add_command(verb)
