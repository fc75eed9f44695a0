"""Félix, Ucan-Puc, Astengo (2026): its tables, figures and claims."""
