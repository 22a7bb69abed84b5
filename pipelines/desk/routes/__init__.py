"""The desk's pages, one file a part; each offers a `router`."""
