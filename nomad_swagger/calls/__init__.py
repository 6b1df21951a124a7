"""Calls: the one way to a request, what makes an answer one, and the plan of a deed."""
