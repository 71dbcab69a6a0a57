"""Five dialects over one namespace, as transcripts of requests and replies over plain HTTP."""
