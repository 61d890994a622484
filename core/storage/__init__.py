"""The one SQLite file: opening it, its tables, and how they came about.

- `schema`: the tables; `migrations`: how they came about, applied at open
- `database`: opens the file, one short transaction per call, errors explained

What is kept lives with its domain: `core.chat.store`, `core.grid.store` and so on; `core.store`
has them all.
"""
