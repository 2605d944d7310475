"""The inquest bundle: records, a moment and a recipient become one numbered, linked PDF.

`withhold` says what must not be read and proves that it is not; `content` are the nouns; `exhibits`
turns files into pages; `assemble` numbers, links and tags; `differences` compares two bundles.
"""
