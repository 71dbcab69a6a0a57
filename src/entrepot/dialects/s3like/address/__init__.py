"""Where an S3-like request goes, what it asks there, and by whom; reads nothing of a body."""
