"""What is stored and how it is named: records, names, digests; know no right and no operation."""
