"""Cases and their checks, and the one loop that runs them on a model and keeps what comes."""
