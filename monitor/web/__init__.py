"""Dashboard, metrics, health; reads the store, acts through actions.py."""
