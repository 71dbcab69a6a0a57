"""PostgreSQL and S3-compatible stores of other people, started on loopback for tests."""
