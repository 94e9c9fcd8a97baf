"""The engine as a process of its own: joins player, session, journal and protocol."""
