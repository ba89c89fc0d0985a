"""What a report says, as frozen typed models: the data of summary.json and of every page."""
