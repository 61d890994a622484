"""Keeps the message catalogues of core/locales up to date with the code; needs Babel.

    python -m translation           # what `make messages` does: extract, update, compile

`sources` says where messages are; `catalogues` reads, writes and checks the files.
"""
