"""What the Makefile's targets run, a module per group of targets. Deliberately without logic of its own beyond the
order of the steps: engine, server, provider and tour do the work."""
