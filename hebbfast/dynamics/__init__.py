"""How states move, and the record of a recall."""
