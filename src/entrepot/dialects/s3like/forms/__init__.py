"""Browser forms and their policies."""
