"""Pages of the console: each file has handlers and their rows, with its templates beside it."""
