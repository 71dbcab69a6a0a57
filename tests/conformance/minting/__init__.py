"""The minting APIs: the official clients against the server, and what they mint spent by the clients of storage."""
