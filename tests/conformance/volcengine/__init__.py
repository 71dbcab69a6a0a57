"""Volcengine: the real TOS SDKs against a real server."""
