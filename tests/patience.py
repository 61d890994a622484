"""How long a test waits for what always comes: as long as a test may take, on the worst of machines."""

# A page under test loads its libraries, and may load a model, in its first run
PAGE_S = 500
