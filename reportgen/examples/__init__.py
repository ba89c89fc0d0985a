"""Examples of controls: evidence in short, and what must follow from it."""
