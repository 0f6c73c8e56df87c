"""What the fixtures of the further families cannot say: settings, boundaries, how resources find each other."""
