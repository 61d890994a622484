"""The page of a visitor's space."""
