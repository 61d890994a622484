"""Versions of what is written: their differences, and going back."""
