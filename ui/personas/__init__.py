"""The persona page."""
