"""Experiments: variants of a prompt over a table of rows, several tries each, checked by rules."""
