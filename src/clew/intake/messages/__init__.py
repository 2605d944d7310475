"""The field's own formats: FHIR (MDI, VRDR), IJE records and POLE files, read leniently."""
