"""What price files look like: a reader a form, from bytes to rates. Readers know nothing of where bytes come from."""
