"""One suspect per file: from what a diagnosis measured to a verdict with its reason. Pure functions of a Diagnosis."""
