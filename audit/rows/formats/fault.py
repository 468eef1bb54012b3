"""Why one record cannot be read."""

from __future__ import annotations


class Fault(Exception):  # noqa: N818 - it is also a value: containers yield it in the place of a record
    """Why one record cannot be read, as half a sentence. Never leaves this room."""
