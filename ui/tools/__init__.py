"""Tools: the list, trying one by hand, defining one without code, and choosing some for a model."""
