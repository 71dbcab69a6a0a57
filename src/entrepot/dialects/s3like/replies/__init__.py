"""How S3-like clouds write replies, refusals and what pages may see; decide nothing."""
