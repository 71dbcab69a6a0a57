"""Who may do what: grants, their conditions, keys, the ledger's questions; know no operation."""
