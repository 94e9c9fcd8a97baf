"""Who runs and who looks on: engines and renders of this user, their clients, how they start and end."""
