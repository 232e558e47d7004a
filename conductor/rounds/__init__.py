"""What is said about a change and goes back to its agent: pure, but for what asks git."""
