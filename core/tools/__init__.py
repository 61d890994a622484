"""Tools: what a model may ask for, how a call is checked and run, and the loop of calls."""
