"""Keys at rest: the vault, the callbacks' key, files that hold keys."""
