"""The documentation site: how it is laid out and built from the documents (ADR 0044)."""
