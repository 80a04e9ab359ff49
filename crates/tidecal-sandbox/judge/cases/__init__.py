"""The judge's parts."""
