"""What is kept: buckets, their objects, and uploads to them."""
