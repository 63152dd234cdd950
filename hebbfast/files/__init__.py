"""Files of patterns and of results."""
