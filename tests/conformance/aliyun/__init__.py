"""The OSS clients, unmodified: oss2, alibabacloud-oss-v2 and ali-oss, each with V1 and with V4 signatures."""
