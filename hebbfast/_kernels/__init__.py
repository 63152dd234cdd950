"""Compiled kernels and their bridge."""
