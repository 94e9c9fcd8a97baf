"""From a session to what plays: graph, memory, the files behind the stems, the version heard."""
