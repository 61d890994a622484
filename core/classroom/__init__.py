"""A class on one network: who may come in, what they predict, and whose turn it is."""
