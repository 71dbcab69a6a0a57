"""What each operation does: pure functions over a transaction; they know no engine and no dialect."""
