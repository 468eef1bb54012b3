"""Find, repair and explain the faults of question-answer sets that language models are fine-tuned on.

>>> import audit                                                    # doctest: +SKIP
>>> report = audit.scan("data.csv")                                 # doctest: +SKIP
>>> report.findings.to_pandas()                                     # doctest: +SKIP
>>> audit.clean(report).facts[0].sentence                           # doctest: +SKIP
"""

__version__ = "0.1.0"

from audit.clean import clean
from audit.diagnose import diagnose
from audit.experiment import experiment
from audit.nouns.dialogue import AuditError
from audit.nouns.reports import Report
from audit.retrain import retrain
from audit.scan import scan

__all__ = ["AuditError", "Report", "__version__", "clean", "diagnose", "experiment", "retrain", "scan"]
