"""The explorer: one page in which a person looks at the tracks of a run, their latents and what these decode to."""
