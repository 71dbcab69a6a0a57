"""The index on the PostgreSQL protocol, shared by any number of gateways."""
