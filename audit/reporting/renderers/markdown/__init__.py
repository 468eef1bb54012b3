"""A Report as Markdown: for a pull request, or a job's summary."""
