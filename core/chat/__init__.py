"""Conversations: one turn from the question to a stored answer, and where they are kept."""
