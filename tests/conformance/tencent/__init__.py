"""Tencent COS, XML API v5: the official clients against the server."""
