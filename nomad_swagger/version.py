"""The version of this package, in its one place: the metadata, ``--version`` and the User-Agent read it here."""

__version__ = "0.1.0"
