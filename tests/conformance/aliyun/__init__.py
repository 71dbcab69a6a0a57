"""The OSS clients of Alibaba Cloud, unmodified: oss2, alibabacloud-oss-v2 and ali-oss, each with V1 and V4 signatures."""
