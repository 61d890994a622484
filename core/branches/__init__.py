"""Answers begun again at one of their tokens: trees of branches, grown, compared, exported."""
