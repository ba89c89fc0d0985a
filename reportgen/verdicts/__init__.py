"""What judging came to, kept as files by the hash of all that it depends on."""
