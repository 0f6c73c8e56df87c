"""The tenant data API: its libraries, its function with fakes, and both against the emulator."""
