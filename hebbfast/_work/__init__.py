"""Threads, pieces, progress and processes: one machine for all loops."""
