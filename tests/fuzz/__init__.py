"""Whole requests and parsers under input that nobody meant."""
