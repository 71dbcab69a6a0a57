"""Why an engine cannot be opened, whichever it is."""

from __future__ import annotations


class OpenError(Exception):
    """The index cannot be opened. The message says what to do."""
