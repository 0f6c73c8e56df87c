"""What several test packages share: starting a real sandbox process."""
