"""The register as a workbook and back, and the forms of statements that are due."""
