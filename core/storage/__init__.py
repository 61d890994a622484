"""What survives: conversations, personas, runs and branches, in one SQLite file.

- `records`: the values that come out, plain frozen dataclasses
- `schema`: the tables; `migrations`: how they came about, applied at open
- `database`: opens the file, one short transaction per call, errors explained
- `conversations`, `personas`, `runs`, `branches`: what can be done with each
"""

from core.storage.store import Store

__all__ = ["Store"]
