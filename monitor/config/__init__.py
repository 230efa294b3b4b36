"""Edge in: what the operator writes, read once and validated. Imports core and errors only."""
