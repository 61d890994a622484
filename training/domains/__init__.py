"""Domains: each module turns a Draw into dialogues about one thing the model can do."""
