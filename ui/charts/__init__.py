"""Figures as pure functions, with one palette."""
