"""What the minting dialects share: settings, rates, addresses that clients can reach, and policy languages."""
