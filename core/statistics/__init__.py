"""What the answers of an experiment can and cannot show: pass rates, paired comparisons, verdicts.

Pure functions of outcomes. A question is the unit of evidence; its tries are never counted as
questions. Everything random has a fixed seed: the same answers have the same figures.
"""
