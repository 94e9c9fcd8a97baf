"""The panels: each draws a view and carries out its own actions; nothing of Textual."""
