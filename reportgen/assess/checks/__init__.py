"""One file for each theme. A control names its check as file.function in its YAML."""
