"""One drawing function per figure; each takes analysis tables and gives a matplotlib figure."""
