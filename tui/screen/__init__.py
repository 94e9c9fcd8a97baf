"""From a view to the screen: what stands where, what is drawn, and how it is sent."""
