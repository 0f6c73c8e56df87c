"""The engine's side of the pack: its Analyzer protocol, answered without Pulumi's policy SDK.

    decoding    what the engine sends, as resources and stacks that rules read
    servicer    the calls of the protocol
    server      the process that the engine starts

Everything that decides is elsewhere: `guardrails.judgement` runs rules, `guardrails.configuration` reads what an
operator set. Only this package knows gRPC and protobuf.
"""
