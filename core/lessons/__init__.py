"""Lessons: a prediction, a live experiment on the loaded model, and what was seen.

- `fields`, `conditions`: the checked values of a file, conditions and texts over figures
- `experiment`: what all experiments have in common; `kinds`: the closed set of them, from
  `asking`, `conversing`, `predicting`, `reading` and `precisions`; `results`: what one gave
- `lesson`: a lesson from its file; `shelf`: all lessons, in the visitor's language
- `promises`: what a lesson promises, checked on a model; `handout`: all lessons on paper
"""
