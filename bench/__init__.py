"""The benchmark: Entrepot and its peers on loopback, interleaved, in one run.

Law: this package knows the wire and nothing of Entrepot's insides; it imports no module of `entrepot` (but
for `seed.py`, which measures nothing), so a figure can only come from what a client sees. The bar it holds
Entrepot against is in `cases.py`.
"""
