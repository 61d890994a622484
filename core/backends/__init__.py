"""What any model stands behind: requests in, events out, and what a model can."""
