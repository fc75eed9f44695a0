"""Methods, initialisations and the solver: from points to centroids."""
