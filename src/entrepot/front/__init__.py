"""The front: HTTP requests in, responses out. Knows ASGI and the pipeline; must not know any dialect's words."""
