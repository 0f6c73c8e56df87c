"""Breaks the compliant fixture of every rule, one property at a time, and looks for what a rule lets pass.

    changes    which properties there are, and what is done to each: removed, emptied, made unknown, given a wrong type
    outcomes   what the rule makes of it: a violation, a note, a pass, and which passes nothing explains
    table      all of it as text; `python -m tests.policy.mutations` prints it

A property that the rule did not read may be anything. Of a property that it read, every change has to be a violation
or a note, or the fixture says why it passes.
"""
