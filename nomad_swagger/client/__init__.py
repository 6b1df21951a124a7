"""From "where" to a client: descriptions, logins, and bravado's surface over our transport."""
