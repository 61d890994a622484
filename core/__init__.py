"""Everything of Prompt Lab that is not a page. No module here knows Streamlit.

The README has the map of its folders; their order is held by tests. Importing this package is
quick: torch and transformers load only when a model does.
"""

import os

# Read when torch is loaded. Threads of the arithmetic that wait for each other sleep instead of
# spinning: with other work on the machine, spinning can make a small step a hundred times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"
