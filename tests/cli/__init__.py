"""Tests of the operator's command. Pure, with a process of its own for each chain that is explained; one module has an
emulator."""
