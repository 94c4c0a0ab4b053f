"""Lists as readers make them their own: columns, facets, saved views, export, and the way back to them."""
