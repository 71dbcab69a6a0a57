"""The audit log as a chained file."""
