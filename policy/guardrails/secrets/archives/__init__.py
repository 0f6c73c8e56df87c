"""Secrets in files of code: what is in an archive, and what of it is a secret.

    assets ──► contents: every file with its name in the archive, zips opened ──► scan: one file, once per version of it
                  │                                                                  certain, likely
               places: where a relative path is                        rules ◄───────┘

A scan that cannot be completed (too much, unreadable, fetched from elsewhere, a link that leads out) says so; it never
passes for a clean one. Left out are, by rule: binary files, and files of installed packages that are what their author
published, as the digests in the package's `RECORD` show.
"""
