"""Everything of Prompt Lab that is not a page: models, engine, storage, prompts and measures.

Map of the package, lowest layer first; nothing imports from a line below its own.

- `errors`, `i18n`, `messages`, `sampling`, `events`: plain values, standard library only
- `config`: the settings, read once from the environment
- `models`: checkpoints on disk, their tokenizer and chat format, loading
- `engine`: one model, many concurrent requests, typed event streams, scoring
- `storage`: conversations, personas and runs in SQLite
- `personas`, `chat`, `grid`, `diversity`: what the pages and the command line do
- `cli`: `python -m core`

Importing this package is quick: torch and transformers load only when a model does.
No module here knows Streamlit.
"""

import os

# Read when torch is loaded. Threads of the arithmetic that wait for each other sleep instead of
# spinning: with other work on the machine, spinning can make a small step a hundred times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"
