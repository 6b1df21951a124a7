"""Doors for those who never type our commands: libraries that open paths, and assistants that call tools."""
