"""Conformance of the S3 dialect: unmodified S3 clients against a real server."""
