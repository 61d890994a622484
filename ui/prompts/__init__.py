"""Prompts that are kept on a shelf: a system message, a question template, follow-up questions."""
