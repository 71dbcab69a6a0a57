"""Two policy languages, compiled to the rules of grants; know no request."""
