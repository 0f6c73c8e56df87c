# ruff: noqa: N818 -- these names are read as reasons: a token is expired, a caller is not permitted
"""Why a secret could not be used. Every reader fails closed: without the secret nobody is let in.

    SecretError                     secret_unavailable
    ├── SecretUnavailable           secret_unavailable    the source gave no answer, or none that is a secret
    ├── SecretVersionMissing        secret_unavailable    no version has this stage (AWSPREVIOUS before a rotation)
    └── SecretUnusable              secret_unusable       the placeholder, or not what this secret must hold

`code` is the stable reason that a denial gives; it is `temporary`, because the secret may be readable again before an
answer to the caller would be forgotten. Messages name the secret and the remedy, and never hold a value.
"""


class SecretError(Exception):
    """The secret cannot be used now. `code` and `temporary` are constants of the class, never data."""

    code = "secret_unavailable"
    temporary = True


class SecretUnavailable(SecretError):
    """The source of secrets did not give an answer that can be used."""


class SecretVersionMissing(SecretError):
    """The secret, or a version of it with the wanted stage, does not exist."""


class SecretUnusable(SecretError):
    """The secret was read and its value is not what this secret must hold."""

    code = "secret_unusable"
