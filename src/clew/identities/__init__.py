"""Which codes are one person, phone or address: proposals that people decide on."""
