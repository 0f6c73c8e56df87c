"""Resources through which an entrance can be made that no rule sees: templates, other providers, generic resources.

templates   whether a CloudFormation template declares an entrance, or something that cannot be looked into
stacks, foreign   the rules
"""
