"""Find, repair and explain the faults of question-answer sets that language models are fine-tuned on.

>>> import audit                                                    # doctest: +SKIP
>>> report = audit.scan("data.csv")                                 # doctest: +SKIP
>>> report.findings.to_pandas()                                     # doctest: +SKIP
"""

__version__ = "0.1.0"

from audit.scan import scan
from audit.types import AuditError, Report

__all__ = ["AuditError", "Report", "__version__", "scan"]
