"""JSON records: lines, what encoders hide in them, lists of records."""
