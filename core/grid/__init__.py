"""The sampling grid: one prompt under two axes of settings, run, measured, compared, exported."""
