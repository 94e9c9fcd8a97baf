"""What can be done, declared once: keys, footer, help, palette and `:command` are derived from it."""
