"""What was given out: minting, the life of a right, withdrawal."""
