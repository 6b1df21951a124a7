"""Session, retries, redirects, streams: every byte that goes to a server or comes from one."""
