"""What runs inside a function's process before its handler. Not imported by the sandbox: its interpreter is another."""
