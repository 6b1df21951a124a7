"""The one way from an operation to a prepared call, what makes an answer one, and the plan of a deed."""
