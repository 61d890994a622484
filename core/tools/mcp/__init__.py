"""Tools of MCP servers that the operator lists: by the official client, one loop for everybody."""
