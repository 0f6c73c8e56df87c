"""Errors that the writer of a program or of a stack's settings can act on. Deliberately not for programming mistakes
inside the components: those keep their traceback.

    pulumi.RunError        Pulumi prints the message alone, without a traceback
    └── ArgumentError      an argument or a file is wrong; the message names it, says what is wrong and how to mend it
        └── SettingError   the same for a key of the stack's settings
"""

import pulumi


class ArgumentError(pulumi.RunError):
    """An argument that cannot be deployed: `<argument>: <what is wrong>; <what to do>`.

    Deliberately no `ValueError`: Pulumi wraps those that rise from an input into one of its own, with a traceback.
    """


class SettingError(ArgumentError):
    """A setting of the stack that cannot be used; names the key as `pulumi config set` takes it."""
