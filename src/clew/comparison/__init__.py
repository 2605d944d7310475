"""How two cases are compared: evidence becomes findings, findings become weight of evidence."""
