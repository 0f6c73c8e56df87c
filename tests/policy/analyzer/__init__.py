"""The pack behind the engine's protocol: dispatch, levels, settings, exemptions, and what it is when it runs alone."""
