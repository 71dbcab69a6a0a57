"""Pure modules of the server, one test file each."""
