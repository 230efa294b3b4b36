"""The steps of the way, one file each, each readable as one straight line; only jobs call the edges."""
