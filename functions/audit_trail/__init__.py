"""What happened to keys and tokens, for auditors: one structured record each, in a log group of its own.

    records            the form of a record, the actions and outcomes that there are
    trail              the port, with `in_memory_trail` (fake) and `cloudwatch_trail`
    denials            how an authorizer's plugin records that it let nobody in
    metrics            counts for dashboards, as lines in CloudWatch's embedded metric format

An administrator's change is recorded before it is made and again with its outcome; it is acknowledged only when both
are written. A token is issued only when its record is written. A denial stands whether or not it can be recorded; what
could not be recorded goes to the function's own log, so that it is not lost. (docs/adr says why.)

Deliberately not here: reading the trail, and any right to change it. Functions may create streams in the group and add
to them, nothing else. Records hold ids and codes, never a key, a token, or a body.
"""
