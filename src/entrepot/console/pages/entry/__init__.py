"""How one comes in: signing in and out, and the language."""
