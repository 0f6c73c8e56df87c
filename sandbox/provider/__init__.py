"""The `aws` package of the sandbox: a Pulumi resource provider on botocore against the emulator.

The official plugin is in no package registry. This one is attached through `PULUMI_DEBUG_PROVIDERS=aws:<port>`, has the
names and shapes of the official one, and is as strict as AWS in preview. Map of the folder:

    server.py                 start and stop; orphans
    service.py                gRPC messages                    configuration.py  invokes.py
    lifecycle.py              check, difference, create, read, update, delete of any type
      values.py               structs <-> plain values, unknowns, secrets, assets
      declarations.py package.py schema.py checking.py        names and types, from the pulumi_aws package
      cloudformation.py cloudformation_judge.py api_model.py     AWS's own constraints
      naming.py differences.py state.py ledger.py errors.py
    resource_type.py          the table that describes one type
    resources/                the tables, a file per service; registry.py lists them

Nothing is imported here on purpose: loading the provider takes seconds, and the ledger alone takes none.
"""
