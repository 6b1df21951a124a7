"""What NOMAD's own servers were seen to answer, held against the embedded NOMAD: ``python -m tests.conformance``."""
