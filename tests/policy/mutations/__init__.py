"""Breaks the compliant fixture of every rule, one property at a time, and looks for what a rule lets pass.

    changes        which properties there are, and what is done to each: removed, emptied, unknown, of a wrong type
    verdicts       what a rule says of it, and what it read
    explanations   what the fixture says about passes
    outcomes       a violation, a note, a pass, and what is an error
    table          all of it as text; `python -m tests.policy.mutations` prints it

A property that the rule did not read may be anything. Of a property that it read, every change has to be a violation
or a note, or the fixture says why it passes. The stacks that break the rule are changed as well: what is not known of
them must not make a pass of the violation.
"""
