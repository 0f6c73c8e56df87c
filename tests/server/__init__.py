"""The sandbox process: start, stop, faults, saving."""
