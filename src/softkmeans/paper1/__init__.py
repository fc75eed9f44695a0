"""Inoue & Hara (2020): its runs, figures and claims."""
