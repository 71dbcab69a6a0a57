"""The documents that people follow: their commands are run as they are written, and the site is built of them."""
