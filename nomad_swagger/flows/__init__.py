"""What a scientist does with a NOMAD: upload, wait, publish, search, download, read archives, by verbs."""
