"""Adapters: the ports of the core on real machinery. Only ``entrepot.app`` names them."""
