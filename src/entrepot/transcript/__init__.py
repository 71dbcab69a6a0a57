"""Transcripts of sessions: what is masked, how they are written and read, and how they are replayed and compared."""
