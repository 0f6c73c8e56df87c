"""The chain `spiffe`: who is let in, and where to."""
