"""What policies say: their texts, trying them, and the least that is enough."""
