"""Fault tests of the real server: killed, starved of disk, cut off, raced. Needs no code of the server."""
