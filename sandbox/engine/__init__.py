"""The real Pulumi engine for the sandbox: found, fetched or built once per machine, and run with one stack's settings.

`locate.locate_engine` gives an `Engine`; `workspace.PulumiWorkspace` runs it. Beside an engine that was built here
stands the Python language host in `language_host/`. It deliberately knows nothing of the emulator: the provider is a
port number. Nothing is imported here on purpose: every engine command waits for two language hosts, which need little.
"""
