"""What the model learns, a module for each mechanism: each function draws one dialogue."""
