"""One module for each code whose output needs more than ASE's reader: what it gives is held against the text."""
