"""Nobody reaches a bucket in plain text, and nobody from outside at all.

Judged on the whole stack, because what protects a bucket are resources of their own. What else a bucket policy allows
is no question of these rules.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.buckets import ACCOUNT_BLOCKS, BUCKET_KINDS, BUCKET_POLICIES, BUCKETS, PUBLIC_ACCESS_BLOCKS
from guardrails.companions import Companions
from guardrails.demands import demand, is_true
from guardrails.policy_documents import (
    EVERYONE,
    Answer,
    PolicyDocument,
    Statement,
    Unreadable,
    action_matches,
    document,
    matches,
)
from guardrails.properties import Known, Missing, Reading, Unknown, known_text
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Metadata, Severity, StackRule, Undecided, Violation
from guardrails.settings import Settings

_SWITCHES: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _check_public_access(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    blocks = Companions(stack, PUBLIC_ACCESS_BLOCKS, "bucket", BUCKET_KINDS)
    in_account = {_blocks_everything(block) for each in ACCOUNT_BLOCKS for block in stack.of_type(each)}
    for type_token in BUCKETS:
        for bucket in stack.of_type(type_token):
            found = blocks.of(bucket, identity="bucket")
            for block in found.certain:
                for switch in _SWITCHES:
                    yield from demand(
                        block,
                        switch,
                        is_true,
                        otherwise=f"{switch} is not true, so that the bucket can be opened to everyone.",
                        missing=f"{switch} is missing, which means false: the bucket can be opened to everyone.",
                    )
            if found.certain or Answer.YES in in_account:
                continue
            if found.possible or Answer.WAITS in in_account:
                yield Undecided(
                    resource=bucket,
                    properties=(f"bucket (its own, or that of its BucketPublicAccessBlock), {', '.join(_SWITCHES)}",),
                )
            else:
                yield Violation(resource=bucket, problem="no BucketPublicAccessBlock of this stack is for it.")


def _blocks_everything(block: Resource) -> Answer:
    readings = [block.read(switch) for switch in _SWITCHES]
    if not all(isinstance(reading, Unknown) or _is_on(reading) for reading in readings):
        return Answer.NO
    return Answer.YES if all(_is_on(reading) for reading in readings) else Answer.WAITS


def _is_on(reading: Reading) -> bool:
    return isinstance(reading, Known) and reading.value is True


def _check_tls(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    policies = Companions(stack, BUCKET_POLICIES, "bucket", BUCKET_KINDS)
    for type_token in BUCKETS:
        for bucket in stack.of_type(type_token):
            found = policies.of(bucket, identity="bucket")
            readings = [(f"policy of {one.name!r}", one.read("policy")) for one in found.certain]
            own = bucket.read("policy")
            if not isinstance(own, Missing):
                readings.append(("policy", own))
            answers = [(name, _refuses_plain_text(document(reading), bucket)) for name, reading in readings]
            if any(answer is Answer.YES for _, answer in answers):
                continue
            waiting = [name for name, answer in answers if answer is Answer.WAITS]
            if waiting or found.possible:
                names = tuple(waiting) or ("bucket (its own, or that of its BucketPolicy)",)
                yield Undecided(resource=bucket, properties=names)
            elif answers:
                problem = f"its {answers[0][0]} does not deny everyone s3:* on bucket and objects without TLS."
                yield Violation(resource=bucket, problem=problem)
            else:
                yield Violation(
                    resource=bucket, problem="no BucketPolicy of this stack denies it what comes without TLS."
                )


def _refuses_plain_text(found: PolicyDocument | Unreadable | Unknown | Missing, bucket: Resource) -> Answer:
    match found:
        case Unknown():
            return Answer.WAITS
        case PolicyDocument():
            answers = {_denies(statement, bucket) for statement in found.statements}
            if Answer.YES in answers:
                return Answer.YES
            return Answer.WAITS if Answer.WAITS in answers or found.waiting else Answer.NO
        case Missing() | Unreadable():
            return Answer.NO


def _denies(statement: Statement, bucket: Resource) -> Answer:
    """Whether the statement denies everyone everything on this bucket, where the request did not come over TLS."""
    if statement.effect == "Allow" or statement.not_principals or statement.not_actions or statement.not_resources:
        return Answer.NO
    if statement.waiting:
        return Answer.WAITS
    principals, actions, resources = statement.principals or {}, statement.actions, statement.resources
    everyone = EVERYONE in principals or ("AWS" in principals and EVERYONE in principals["AWS"].known)
    everything = actions is not None and any(action_matches(pattern, "s3:*") for pattern in actions.known)
    if not everyone or not everything or not _is_without_tls(statement) or resources is None:
        return Answer.NO
    if EVERYONE in resources.known:
        return Answer.YES
    name = known_text(bucket.read("bucket"))
    if name is None:
        return Answer.WAITS
    own = [pattern.partition(":::")[2] for pattern in resources.known if ":::" in pattern]
    covered = all(any(matches(pattern, target) for pattern in own) for target in (name, f"{name}/any/object"))
    return Answer.YES if covered else Answer.NO


def _is_without_tls(statement: Statement) -> bool:
    """The only condition is that the request came without TLS; a further one would let some through."""
    if len(statement.conditions) != 1 or "Bool" not in statement.conditions:
        return False
    keys = {key.lower(): values for key, values in statement.conditions["Bool"].items()}
    return len(keys) == 1 and "aws:securetransport" in keys and keys["aws:securetransport"].known == ("false",)


PUBLIC_ACCESS_RULE: Final = StackRule(
    metadata=Metadata(
        name="s3-bucket-public-access-blocked",
        severity=Severity.CRITICAL,
        description="No bucket can be opened to the public.",
        remediation="Add a BucketPublicAccessBlock for the bucket with all four switches true.",
        judged=(
            "The whole stack: every bucket is named by a `BucketPublicAccessBlock` in which `blockPublicAcls`, "
            "`blockPublicPolicy`, `ignorePublicAcls` and `restrictPublicBuckets` are true. An "
            "`AccountPublicAccessBlock` of the stack with all four stands for every bucket that has none of its own. A "
            "switch that is left out is false to the provider, even where AWS blocks new buckets by itself."
        ),
        why=(
            "One statement in a bucket policy, or one ACL, is enough to give the truststore, the code or the tenants' "
            "files to everyone on the internet. The block holds whatever the policies say."
        ),
        sources=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",),
    ),
    check=_check_public_access,
)

TLS_RULE: Final = StackRule(
    metadata=Metadata(
        name="s3-bucket-tls-only",
        severity=Severity.HIGH,
        description="A bucket is reached over TLS only.",
        remediation=(
            "Add a BucketPolicy with a Deny for Principal *, Action s3:*, the bucket's ARN and the ARN with /*, and "
            "the one "
            'condition {"Bool": {"aws:SecureTransport": "false"}}.'
        ),
        judged=(
            "The whole stack: a `BucketPolicy` of the bucket, or its own `policy`, has a statement that denies "
            "everyone every action of S3 on the bucket and all its objects, with `aws:SecureTransport` false as its "
            "only condition. A policy that is not known in a preview is judged in the update."
        ),
        why=(
            "S3 answers http:// as well. A signature keeps a request from being changed, but nobody is kept from "
            "reading what is in it and in the answer, and a link that was signed for one caller can be taken over."
        ),
        sources=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",),
    ),
    check=_check_tls,
)
