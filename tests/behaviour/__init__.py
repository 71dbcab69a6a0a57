"""What the server does, operation by operation, as transcripts of requests and replies."""
