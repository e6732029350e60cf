"""Publishing: from record files to a release, source by source and record by record."""
