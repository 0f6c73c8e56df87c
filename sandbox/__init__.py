"""What stands in for AWS on one machine: engine, emulator, provider, edge. Never imported by the product."""
