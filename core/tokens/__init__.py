"""Token by token: pieces as text, what comes before a next token, an answer under the lens."""
