"""Many gateways on PostgreSQL and a store, measured beside the embedded engine and beside the engines alone."""
