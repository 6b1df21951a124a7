"""A query as a folder: its files, metadata and archives, with a ledger of what has come.

``mirror()`` is a public name of the package, so the room has the plural.
"""
