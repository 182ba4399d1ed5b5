"""The Faust runtime: everything between Faust and the pure exact partition. Thin: stream.core decides."""
