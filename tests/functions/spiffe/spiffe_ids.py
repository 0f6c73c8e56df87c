"""Texts that are SPIFFE IDs, and texts that are none, with words of the rule that each breaks."""

from spiffe_verifier.spiffe_id import MAXIMUM_SPIFFE_ID_BYTES
from spiffe_verifier.trust_domain import MAXIMUM_TRUST_DOMAIN_BYTES

TRUST_DOMAIN = "company.internal"


def spiffe_id_of(length: int, trust_domain: str = TRUST_DOMAIN) -> str:
    """A SPIFFE ID of exactly so many bytes."""
    start = f"spiffe://{trust_domain}/"
    return start + "a" * (length - len(start))


SPIFFE_IDS: dict[str, str] = {
    "a service": "spiffe://staging.example.com/payments/mysql",
    "a service account": "spiffe://k8s-west.example.com/ns/staging/sa/default",
    "opaque": "spiffe://example.com/9eebccd2-12bf-40a6-b262-65fe0487d453",
    "the trust domain itself": "spiffe://example.com",
    "a name that is no DNS name": "spiffe://trust_domain_name.example.com/a",
    "a name with dots where DNS has none": "spiffe://.example..com./a",
    "a name of one character": "spiffe://a/b",
    "an IPv4 address": "spiffe://10.0.0.5/a",
    "upper case in the path": "spiffe://example.com/NS/Prod",
    "dots in segments": "spiffe://example.com/.../.a/a./a..b/..a",
    "dashes and underscores": "spiffe://example.com/-/_/-_-",
    "the longest": spiffe_id_of(MAXIMUM_SPIFFE_ID_BYTES),
    "the longest trust domain": f"spiffe://{'a' * MAXIMUM_TRUST_DOMAIN_BYTES}/a",
    "a segment that looks like a scheme": "spiffe://example.com/spiffe/example.com",
}

# The reason is a part of the message.
MALFORMED_SPIFFE_IDS: dict[str, tuple[str, str]] = {
    "empty": ("", "starts with spiffe://"),
    "no scheme": ("company.internal/a", "starts with spiffe://"),
    "another scheme": ("https://company.internal/a", "starts with spiffe://"),
    "the scheme in upper case": ("SPIFFE://company.internal/a", "starts with spiffe://"),
    "the scheme in mixed case": ("Spiffe://company.internal/a", "starts with spiffe://"),
    "a scheme that ends like it": ("xspiffe://company.internal/a", "starts with spiffe://"),
    "one slash": ("spiffe:/company.internal/a", "starts with spiffe://"),
    "no slash": ("spiffe:company.internal/a", "starts with spiffe://"),
    "a space before": (" spiffe://company.internal/a", "starts with spiffe://"),
    "a query": ("spiffe://company.internal/a?b=c", "no query and no fragment"),
    "an empty query": ("spiffe://company.internal/a?", "no query and no fragment"),
    "a query without a path": ("spiffe://company.internal?a", "no query and no fragment"),
    "a fragment": ("spiffe://company.internal/a#b", "no query and no fragment"),
    "an empty fragment": ("spiffe://company.internal/a#", "no query and no fragment"),
    "a fragment without a path": ("spiffe://company.internal#", "no query and no fragment"),
    "no trust domain": ("spiffe:///a", "the trust domain is empty"),
    "the scheme alone": ("spiffe://", "the trust domain is empty"),
    "a port": ("spiffe://company.internal:8443/a", "has a port"),
    "an empty port": ("spiffe://company.internal:/a", "has a port"),
    "a user": ("spiffe://user@company.internal/a", "has user information"),
    "a user and a password": ("spiffe://user:word@company.internal/a", "has user information"),
    "an empty user": ("spiffe://@company.internal/a", "has user information"),
    "a user that looks like the trust domain": ("spiffe://company.internal@evil.example/a", "has user information"),
    "an IPv6 address": ("spiffe://[::1]/a", "has a port"),
    "upper case in the trust domain": ("spiffe://Company.internal/a", "upper case"),
    "percent-encoding in the trust domain": ("spiffe://company%2einternal/a", "percent-encoded"),
    "a percent-encoded slash in the trust domain": ("spiffe://company.internal%2fa/b", "percent-encoded"),
    "a space in the trust domain": ("spiffe://company internal/a", "other characters"),
    "a tilde in the trust domain": ("spiffe://company~internal/a", "other characters"),
    "a backslash for a slash": ("spiffe://company.internal\\a", "other characters"),
    "a Cyrillic letter that looks like a Latin one": ("spiffe://c\u043empany.internal/a", "other characters"),
    "a full-width letter": ("spiffe://\uff43ompany.internal/a", "other characters"),
    "a full stop that is ideographic": ("spiffe://company\u3002internal/a", "other characters"),
    "the Kelvin sign, a k in lower case": ("spiffe://\u212aey.internal/a", "other characters"),
    "a NUL in the trust domain": ("spiffe://company.internal\x00/a", "other characters"),
    "a line end in the trust domain": ("spiffe://company.internal\n/a", "other characters"),
    "a trust domain of 256 bytes": (f"spiffe://{'a' * (MAXIMUM_TRUST_DOMAIN_BYTES + 1)}/a", "more than 255 bytes"),
    "a slash at the end": ("spiffe://company.internal/a/", "ends with a slash"),
    "a slash for a path": ("spiffe://company.internal/", "ends with a slash"),
    "two slashes for a path": ("spiffe://company.internal//", "ends with a slash"),
    "an empty segment": ("spiffe://company.internal/a//b", "empty segment"),
    "an empty segment first": ("spiffe://company.internal//a", "empty segment"),
    "a segment `.`": ("spiffe://company.internal/a/./b", "segment `.` or `..`"),
    "a segment `.` first": ("spiffe://company.internal/./a", "segment `.` or `..`"),
    "a segment `.` last": ("spiffe://company.internal/a/.", "segment `.` or `..`"),
    "a segment `..`": ("spiffe://company.internal/ns/dev/../prod", "segment `.` or `..`"),
    "a segment `..` first": ("spiffe://company.internal/../a", "segment `.` or `..`"),
    "a segment `..` last": ("spiffe://company.internal/a/..", "segment `.` or `..`"),
    "percent-encoding in the path": ("spiffe://company.internal/a%62", "percent-encoded"),
    "a percent-encoded slash": ("spiffe://company.internal/ns%2fprod", "percent-encoded"),
    "percent-encoded dots": ("spiffe://company.internal/ns/%2e%2e/prod", "percent-encoded"),
    "a broken percent-encoding": ("spiffe://company.internal/a%", "percent-encoded"),
    "a colon in the path": ("spiffe://company.internal/a:b", "other characters"),
    "an @ in the path": ("spiffe://company.internal/a@b", "other characters"),
    "a plus in the path": ("spiffe://company.internal/a+b", "other characters"),
    "a star in the path": ("spiffe://company.internal/*", "other characters"),
    "a tilde in the path": ("spiffe://company.internal/~a", "other characters"),
    "a semicolon in the path": ("spiffe://company.internal/a;b", "other characters"),
    "a backslash in the path": ("spiffe://company.internal/a\\..\\b", "other characters"),
    "a space in the path": ("spiffe://company.internal/a b", "other characters"),
    "a space after": ("spiffe://company.internal/a ", "other characters"),
    "a line end after": ("spiffe://company.internal/a\n", "other characters"),
    "a NUL in the path": ("spiffe://company.internal/a\x00b", "other characters"),
    "a letter that is not ASCII": ("spiffe://company.internal/\u00e4", "other characters"),
    "a digit that is not ASCII": ("spiffe://company.internal/\u0663", "other characters"),
    "2,049 bytes": (spiffe_id_of(MAXIMUM_SPIFFE_ID_BYTES + 1), "at most 2048 bytes"),
}

LOOK_ALIKES: dict[str, str] = {
    "another": "evil.example",
    "a domain below it": "prod.company.internal",
    "the domain above it": "internal",
    "it as a prefix": "company.internal.evil.example",
    "it as a suffix": "evilcompany.internal",
    "a dot more": "company.internal.",
    "a dot before": ".company.internal",
    "a dash for the dot": "company-internal",
    "an underscore for the dot": "company_internal",
    "a digit for a letter": "c0mpany.internal",
    "two letters that look like one": "cornpany.internal",
    "a letter less": "company.interna",
    "Punycode of a look-alike": "xn--cmpany-xqe.internal",
}
