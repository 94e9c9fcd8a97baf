"""From a session and a version to a plan: operations, parameters and state as data."""
