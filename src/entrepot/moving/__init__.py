"""Moving everything from one index and place for bytes to another, whichever engines they are.

``ends`` opens what is moved between, ``copying`` moves. Names adapters, together with the composition root.
"""
