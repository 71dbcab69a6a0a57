"""The ledger: minted rights counted, shown, limited and withdrawn; the audit log; the admin API."""
