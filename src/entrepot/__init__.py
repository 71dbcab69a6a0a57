"""Entrepot: one self-hosted object store and upload-credential service that speaks many clouds' dialects."""

__version__ = "0.1.0"
