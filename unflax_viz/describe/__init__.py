"""What the header, the rows and the panels say of a call, in words and numbers."""
