"""What generations show, as tables of numbers; what follows from them is the business of audit.diagnosis.causes."""
