"""Plain implementations of the definitions, one event, pair, track or cluster at a time.

They are what one writes first, with the usual library for each step, and what
the speed of `rootline.lartpc` is measured against. None of them imports it,
so that their agreement with it also checks it.
"""
