"""Each gap between the emulator and AWS, shown without its module and gone with it."""
