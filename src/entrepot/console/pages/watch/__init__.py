"""What happens here: figures as they move, and what was noted of it."""
