"""Sockets: who accepts, the protocol of a connection, its cycles and its watchdog."""
