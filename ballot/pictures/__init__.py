"""Pictures of counts: SVG made on the server from exact numbers and finished texts. No request, no words of its own."""
