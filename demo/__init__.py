"""`make demo`: a newcomer's tour of a running server, with the clouds' own SDKs."""
