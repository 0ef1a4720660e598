"""What the flows did."""
