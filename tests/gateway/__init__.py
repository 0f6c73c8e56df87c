"""Tests of `sandbox.fidelity.gateway`: what the emulator alone does, and AWS's behaviour with the modules."""
