"""The S3-like family: what COS XML, OSS, TOS and S3 have in common, and tables for what differs."""
