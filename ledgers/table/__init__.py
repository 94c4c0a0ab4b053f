"""From rows of cells to the lines of a table: header, titles, totals, notes."""
