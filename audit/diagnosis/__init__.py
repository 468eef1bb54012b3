"""Outputs, data and recipe in; judged outputs, evidence and verdicts out."""
