"""Names of objects, and values beside them, that would harm a page which took them for anything but text.

Data only.
"""

from __future__ import annotations

from typing import Final

LONGEST: Final = "é" * 512
"""1,024 bytes."""
HOSTILE: Final = (
    "<img src=x onerror=alert(1)>",
    "</title><script>alert(2)</script>",
    "\"><svg onload=alert('3')>",
    "' onmouseover='alert(4)",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(5)",
    "two\nlines\rand\ttabs",
    "\u202egpj.exe",
    "a%2Fb%252F+c&d=e#f?g;h",
    "back\\slash..",
    "a/../b",
    "..",
    "[\"a\", 'b']",
    "  blanks  ",
    "图片/日本語 😀.png",
    LONGEST,
)
