"""Buckets of S3 and the resources that say how one is protected. Nothing is judged here."""

from typing import Final

BUCKETS: Final = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
BUCKET_KINDS: Final = frozenset(BUCKETS)
BUCKET_POLICIES: Final = ("aws:s3/bucketPolicy:BucketPolicy",)
BUCKET_VERSIONINGS: Final = (
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:s3/bucketVersioningV2:BucketVersioningV2",
)
PUBLIC_ACCESS_BLOCKS: Final = ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",)
ACCOUNT_BLOCKS: Final = ("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",)
