"""The grid of the playground."""
