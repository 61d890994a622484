"""Rules in words: writing them without code, and what they find in an answer."""
