"""The interpreter: questions that the model answers by code, which runs in a sandbox."""
