"""The bundled day; see README.md beside this file."""
