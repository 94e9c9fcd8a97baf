"""What was, against what is: two sessions or deliveries in words, and a delivery made again."""
