"""The admin API over HTTP: a table of endpoints, read and answered by it."""
