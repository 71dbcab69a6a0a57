"""Mistakes in policies, made with the real SDKs, and what the server tells whoever runs it."""
