"""From the bytes of a file to rows of cells, in a child of its own with limits."""
