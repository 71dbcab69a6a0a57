"""Laws, checked on made-up cases: the same ones in every run (``ENTREPOT_PROPERTIES=long`` draws more and new ones)."""
