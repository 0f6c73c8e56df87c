"""The policy pack: its rules without an engine, as a process of its own, and with the real engine."""
