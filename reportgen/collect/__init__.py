"""Evidence in: from AWS, or from files that somebody exported."""
