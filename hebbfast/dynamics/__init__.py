"""How states move, and the record of a recall: rules, a course of cues by a kernel, what is kept on the way."""
