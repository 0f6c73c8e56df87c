"""What can be wrong with the issuer itself. What is asked of it wrongly is a ValueError."""


class KeyFileError(Exception):
    """A key file that cannot be used: which one, and what to do."""
