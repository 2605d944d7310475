"""Who is behind a code: a register of records becomes proposals that people decide on."""
