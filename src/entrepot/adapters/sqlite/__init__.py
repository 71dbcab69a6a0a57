"""The index in SQLite: one file, several processes."""
