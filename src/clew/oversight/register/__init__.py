"""What was found, what was promised, and whether practice changed. Pure rules; nothing is deleted.

The nouns are `nouns`, the three axes `axes`, the rows together `rows`, copies of a public tracker
`tracker`, what contradicts itself `checks`.
"""
