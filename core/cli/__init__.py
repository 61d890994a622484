"""The command line, `python -m core`: the same calls as the pages, for terminals and scripts."""
