"""The authorization family beyond its fixtures."""
