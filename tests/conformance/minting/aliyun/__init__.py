"""Real clients of Alibaba Cloud's OpenAPI and of AWS's STS, and what they minted, spent by the clouds' own clients."""
