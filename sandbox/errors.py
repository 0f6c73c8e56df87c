"""Errors that a person at the terminal can act on. Deliberately not for programming mistakes, which keep theirs."""


class SandboxError(Exception):
    """One line that says what is wrong, where, and what to do; the commands print it and exit with 1."""
