"""Files become tables of text: CSV, XLSX and Parquet."""
