"""A sample of every View and Form that a person can be shown, in every language: `all_views.ALL_VIEWS`."""
