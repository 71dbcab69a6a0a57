"""Blobs and leases as files of the data folder."""
