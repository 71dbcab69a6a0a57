"""The test kit, seen from outside: as a project uses it, with the clouds' own SDKs."""
