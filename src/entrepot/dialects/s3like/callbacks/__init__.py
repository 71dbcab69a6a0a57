"""Asking the application for the reply to an upload; the object is stored whatever it says."""
