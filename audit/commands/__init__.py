"""Commands in groups: click only, like cli.py."""
