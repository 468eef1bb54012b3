"""Find, repair and explain the faults of question-answer sets that language models are fine-tuned on.

>>> import audit                                                    # doctest: +SKIP
>>> report = audit.scan("data.csv")                                 # doctest: +SKIP
>>> report.findings.to_pandas()                                     # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Report", "scan"]

if TYPE_CHECKING:
    from audit.scan import scan
    from audit.types import Report


def __getattr__(name: str) -> Any:
    """Import the verbs only when they are used, so that `audit --help` answers in a blink."""
    if name == "scan":
        from audit.scan import scan

        return scan
    if name == "Report":
        from audit.types import Report

        return Report
    raise AttributeError(f"module 'audit' has no attribute {name!r}")
