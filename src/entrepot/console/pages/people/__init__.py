"""Who may sign: accounts, users and their keys."""
