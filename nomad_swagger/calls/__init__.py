"""The one way from an operation and its arguments to a prepared call, and what makes an answer one."""
