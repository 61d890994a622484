"""The distribution lab, and stepping through an answer."""
