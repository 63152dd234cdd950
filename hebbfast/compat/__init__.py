"""Adapters for other packages; each imports its host alone."""
