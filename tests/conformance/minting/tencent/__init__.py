"""TencentCloud API 3.0: its SDKs mint, and the clients of COS and S3 spend."""
