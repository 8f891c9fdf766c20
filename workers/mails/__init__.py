"""Mails: their words in text and HTML, and the way to the mail server."""
