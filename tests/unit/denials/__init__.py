"""Mistakes in policies, ACLs and minted rights, and what each must be told to be."""
