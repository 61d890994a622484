"""Variants over the same questions: writing, running and reading experiments."""
