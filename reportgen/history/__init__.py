"""Every account's position at each month end: planned, judged where it must be, read back."""
