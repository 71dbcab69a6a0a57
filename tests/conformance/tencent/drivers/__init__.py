"""What runs in the clients' own environments."""
