"""Rules and rows in, observations and the Report of a scan out; wherever the work runs, whatever fits."""
