"""What an operator asks, once, for the command line, the admin API and the console alike."""
