"""What record formats are made of: fields and their names, levels, ids, values behind a message, samples."""
