"""A seed: what a data folder shall have, written down in a file, and put there as often as one likes."""
