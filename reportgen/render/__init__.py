"""Documents from a summary. Jinja and WeasyPrint live here."""
