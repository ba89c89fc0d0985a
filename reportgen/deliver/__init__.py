"""Hands reports over: by mail through SMTP or SES, each once."""
