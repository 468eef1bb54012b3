"""What every room hands on: findings, reports, verdicts and trials, as frozen dataclasses that import nothing."""
