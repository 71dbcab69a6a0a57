"""Signatures: how a claim is found, what text was signed, how it is sealed. One module per family of schemes."""
