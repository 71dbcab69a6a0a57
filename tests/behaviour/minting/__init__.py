"""What the minting APIs give out, over raw HTTP: honoured exactly."""
