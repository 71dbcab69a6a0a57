"""Index and blobs in memory: the reference model of the contract tests, never served."""
