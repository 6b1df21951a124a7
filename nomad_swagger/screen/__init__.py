"""What a terminal is given to show: harmless text, cut to a width, and rows laid out. Pure functions."""
