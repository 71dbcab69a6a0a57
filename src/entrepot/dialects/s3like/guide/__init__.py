"""What the documents say of the family: when which refusal is met, and what was decided; data only."""
