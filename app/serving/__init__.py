"""What the server is made of: its options, what it says, to whom, for how long, and what it tells of itself."""
