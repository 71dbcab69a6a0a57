"""Syntax that several dialects share: requests and responses, forms, dates, ranges. No dialect's words."""
