"""Volcengine's voice service: the official clients of its API against the server, and plain clients that upload."""
