"""Archives: of one entry, and of all that a query finds, fetched while one works."""
