"""A caller of the hello API that mints its own token: `invoker.handler.handle`."""
