"""What covers the screen: the fleet itself, and what opens over it."""
