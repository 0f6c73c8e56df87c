"""The rules of the policy pack: what each one demands, and how it reads resources whose values are not all known.

    nodes         what a property can be, secret and unknown values included
    properties    one property of one resource: known, unknown in a preview, missing, or malformed
    resources     a resource, and the stack with its dependencies, as a rule sees them
    references    do two resources name the same third one, even before its id exists
    rules         what a rule is: its metadata, its check, and what a check can find
    authorization, secrets   the rules, one family per package
    catalogue     all rules
    judgement     runs the rules, and says what their findings mean
    configuration what an operator set about them
    analyzer      the engine's side: the only package that knows its protocol

The judge is independent: nothing here imports the program, its components or the sandbox, so the folder can be
copied, published and run alone.
"""
