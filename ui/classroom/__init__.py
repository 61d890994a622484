"""What a teacher sees of a class on one network."""
