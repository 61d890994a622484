"""Answers token by token, and the branches that leave them."""
