"""Event Monitor: watches news feeds for people, organisations and places, and tells the right people once."""

__version__ = "0.1.0"
