"""Personas: built-in system messages and the user's own."""
