"""The TLS edge of the sandbox, over real connections with generated authorities."""
