"""Pages for people: one document as data, drawn as a web page and as PDF."""
