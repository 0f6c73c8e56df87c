"""The operator's and plugin author's command: `python -m cli GROUP ...`, against the sandbox of this checkout or AWS.

    ca            authorities that sign clients' certificates, the truststore bundle, revocation lists
    client        partners, their certificates, and what they may do
    explain       what a chain of plugins, local or deployed, decides about an event, and why
    plugin        a new plugin with its test
    tenant        customers' API keys, and what customers have used
    workload      which processes SPIRE gives which SPIFFE ID

One module or package per group: it adds its parser with `add_command(commands)` and sets `run`, a function from the
parsed options to an exit code; `cli.__main__` lists them. `cli.target` finds the AWS that a command works on,
`cli.redaction` keeps credentials out of what is printed. Exit codes are in `cli.errors`.

Deliberately not here: deployment (Pulumi's engine does it) and anything that only the sandbox has (`make` does it).
"""
