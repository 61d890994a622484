"""Suites: cases that a prompt is tried on again and again; those that ship, and users' own."""
