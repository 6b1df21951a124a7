"""Files and bytes on their way: parts that go on where they broke off, members of remote zips, many at once."""
