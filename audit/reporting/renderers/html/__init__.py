"""A Report as one page of HTML that needs nothing from anywhere else."""

from audit.reporting.renderers.html.page import render as render
