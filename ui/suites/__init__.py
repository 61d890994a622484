"""Suites of test cases: to look at, to take into an experiment, to write."""
