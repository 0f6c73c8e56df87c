"""The systems that a stack can deploy, one module each. Deliberately only wiring: every rule is in a component."""
