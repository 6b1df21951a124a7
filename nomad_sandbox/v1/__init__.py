"""The v1 face of the sandbox: NOMAD 1.4 on the wire, on the same store as v0."""
