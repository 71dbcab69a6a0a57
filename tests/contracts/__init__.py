"""One suite per port, over every adapter: what the docstrings of ``entrepot.core.ports`` promise."""
