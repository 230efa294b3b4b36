"""A notice becomes a message for one kind of channel. Imports core and errors only."""
