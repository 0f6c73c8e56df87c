"""The Python language host that stands beside an engine built here: `pulumi-language-python`, written in Python.

It answers the engine's `LanguageRuntime` service (proto/pulumi/language.proto of github.com/pulumi/pulumi) for what
this project does: run programs, run policy packs and other plugins, name the packages and the interpreter in use.
Programs run through Pulumi's own executor, so what a user sees of an error is what Pulumi prints. The interpreter is
always the one that the host itself runs on: the runtime options `virtualenv` and `toolchain` choose an environment for
Pulumi's own host and are not followed, because the commands here already run in the project's locked one.

It deliberately generates no code, links no packages and installs no dependencies. An official engine does not use it.
"""
