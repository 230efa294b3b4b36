"""Edge: the database. Rows never leave this folder, core types do. Imports core and errors only."""
