"""The desk: strips, master, transport and monitor, drawn onto cells."""
