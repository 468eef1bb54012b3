"""A Report as Markdown: for a pull request, or a job's summary."""

from audit.reporting.renderers.markdown.document import render as render
