"""Rules that an answer can be held to, and judges that can be asked: one vocabulary for all.

A rule (`rule.py`) is a kind with its values. A kind (`kind.py`) says what its values are, so that
a form can be drawn of them, and looks at an answer. `ifeval.py` has the instructions of IFEval as
rules, `judge.py` asks a model for its opinion. Nothing here runs a model or executes a text.
"""
