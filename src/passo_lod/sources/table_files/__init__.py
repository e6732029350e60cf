"""Read tables, each row as a record: CSV, TSV and XLSX, the reader `table`."""
