"""Unmodified SDKs, each in an environment of its own, against a real server on loopback."""
