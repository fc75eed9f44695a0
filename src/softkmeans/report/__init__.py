"""What every study shows with: the ledger of claims, pages and the style of figures."""
