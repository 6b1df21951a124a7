"""The v0 face of the sandbox: NOMAD 0.7 and 0.8 on the wire."""
