"""Errors that a user can mend; each message is one line that says what, where and how."""


class DataError(Exception):
    """Data that cannot be had or used."""
