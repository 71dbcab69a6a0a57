"""Blobs in a bucket of an S3-compatible store, which serves any number of gateways. No dialect: we are its client."""
