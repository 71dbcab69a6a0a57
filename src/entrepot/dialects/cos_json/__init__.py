"""The Tencent COS JSON API. The dialect itself is in :mod:`.dialect`, so that its settings can be read without it."""
