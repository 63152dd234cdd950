"""Many trials → plain records."""
