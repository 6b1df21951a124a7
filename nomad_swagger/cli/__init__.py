"""The command line: words in, our library's functions, words out."""
