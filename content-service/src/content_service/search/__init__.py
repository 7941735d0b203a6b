"""One table of documents, and how it is asked."""
