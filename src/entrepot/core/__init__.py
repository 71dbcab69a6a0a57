"""The core: names, grants, operations and the rules of storing, without I/O, HTTP or any cloud's words.

Everything that a cloud calls its own way is translated before it comes here and after it leaves. The core reads
and writes through the ports of :mod:`entrepot.core.ports` only, and is told the time.
"""
