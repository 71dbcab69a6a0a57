"""Pages of the console, in rooms: each file has handlers and their rows, with its templates beside it."""
