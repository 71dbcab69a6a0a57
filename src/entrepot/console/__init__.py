"""The web console: pages for people who would rather look than read, at a host of its own.

It asks the use cases of :mod:`entrepot.admin` and the store, as command line and admin API do, and decides nothing by
itself. It names no adapter and no cloud, and what it is asked comes from :mod:`entrepot.front`.
"""
