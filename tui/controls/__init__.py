"""What an action does: from a key and a view to messages to the engine. Nothing of Textual here."""
