"""Speed and memory, side by side with raw bravado, requests and curl: ``make bench``."""
