"""The flat tables of a release, as CSV and Parquet."""
