"""What minting APIs of several clouds share: roles, addresses, signed URLs, calls on an operator's word."""
