"""The bucket that holds a truststore: the certificate authorities whose clients API Gateway lets connect.

Who can write this object decides who is let in, so that the bucket is private, encrypted, versioned and reached over
TLS only. Deliberately no lifecycle rule: a domain names one version of the object, and goes on naming the one before
for as long as an update is under way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.errors import ArgumentError
from components.iam import EVERY_RESOURCE, POLICY_LANGUAGE_VERSION

OBJECT_KEY = "truststore.pem"


@dataclass(frozen=True, kw_only=True)
class TruststoreBucketArgs:
    """`bundle` is the PEM text of the authorities' certificates: public, so it may be in state and in the program.

    Raises `ArgumentError` for a bundle without a certificate; what else can be wrong with one is `truststore`'s to say.
    """

    bundle: str
    force_destroy: bool = False
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        if "-----BEGIN CERTIFICATE-----" not in self.bundle:
            raise ArgumentError("bundle: there is no PEM certificate in it; give the text of the authorities' file.")
        if "PRIVATE KEY" in self.bundle:
            raise ArgumentError("bundle: it holds a private key, which must not get here; give certificates alone.")


class TruststoreBucket(pulumi.ComponentResource):
    """`uri` is where the bundle is (`s3://<bucket>/truststore.pem`), `version` the version of it that was written."""

    uri: pulumi.Output[str]
    version: pulumi.Output[str]
    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: TruststoreBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatehouse:index:TruststoreBucket", name, None, opts)
        bucket = aws.s3.Bucket(name, force_destroy=args.force_destroy, tags=args.tags, opts=self._child())
        protections = self._protections(name, bucket.bucket, bucket.arn)
        bundle = aws.s3.BucketObjectv2(
            f"{name}-bundle",
            bucket=bucket.bucket,
            key=OBJECT_KEY,
            content=args.bundle,
            content_type="application/x-pem-file",
            server_side_encryption="AES256",
            tags=args.tags,
            # Versioning first: what is written before has no version that a domain could name.
            opts=self._child(*protections),
        )
        self.bucket_name = bucket.bucket
        self.uri = pulumi.Output.concat("s3://", bundle.bucket, "/", bundle.key)
        self.version = bundle.version_id
        self.register_outputs({"uri": self.uri, "version": self.version, "bucket_name": self.bucket_name})

    def _protections(self, name: str, bucket: pulumi.Output[str], arn: pulumi.Output[str]) -> list[pulumi.Resource]:
        private = aws.s3.BucketPublicAccessBlock(
            f"{name}-private",
            bucket=bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child(),
        )
        return [
            private,
            aws.s3.BucketOwnershipControls(
                f"{name}-ownership",
                bucket=bucket,
                rule={"object_ownership": "BucketOwnerEnforced"},
                opts=self._child(),
            ),
            aws.s3.BucketVersioning(
                f"{name}-versions",
                bucket=bucket,
                versioning_configuration={"status": "Enabled"},
                opts=self._child(),
            ),
            aws.s3.BucketServerSideEncryptionConfiguration(
                f"{name}-encryption",
                bucket=bucket,
                rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
                opts=self._child(),
            ),
            aws.s3.BucketPolicy(
                f"{name}-tls-only",
                bucket=bucket,
                policy=tls_only_policy(arn),
                opts=self._child(private),  # S3 refuses two changes of one bucket's policies at once
            ),
        ]

    def _child(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(depends_on))


def tls_only_policy(bucket_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """Nobody reaches the bucket in plain text.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html, "Enforce encryption of data in
    transit".
    """
    return pulumi.Output.json_dumps(
        {
            "Version": POLICY_LANGUAGE_VERSION,
            "Statement": [
                {
                    "Sid": "DenyPlainText",
                    "Effect": "Deny",
                    "Principal": EVERY_RESOURCE,
                    "Action": "s3:*",
                    "Resource": [bucket_arn, pulumi.Output.concat(bucket_arn, "/*")],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        },
        sort_keys=True,
    )
