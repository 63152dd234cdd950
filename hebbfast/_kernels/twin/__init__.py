"""The NumPy twins of every kernel, written from the formulas; imported by tests alone."""
