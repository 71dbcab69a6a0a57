"""What goes on without a request: sweeping, expiry by rule, checking."""
