"""Sampling: the settings of a draw, the distribution that they make, and whether draws agree with
it."""
