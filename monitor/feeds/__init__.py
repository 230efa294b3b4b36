"""Edge in: HTTP. One polite GET, and bytes to entries. Imports core and errors only."""
