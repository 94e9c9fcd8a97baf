"""What was found, as plain data. The only way from results to JSON is `as_json`."""
