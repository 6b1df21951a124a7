"""API descriptions: where they come from, what is in them, and how two of them differ."""
