"""Look at an API: its operations, what each takes and gives, and the same call in other tools' words."""
