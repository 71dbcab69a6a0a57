"""The operations that S3-like clouds share, from the wire and back."""
