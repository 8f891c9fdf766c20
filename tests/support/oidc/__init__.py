"""Providers that tests sign in through: real ones, by Authlib's server, over HTTP on this machine."""
