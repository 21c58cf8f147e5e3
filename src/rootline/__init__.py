"""Rootline: from detector ROOT files to trained models, latents and figures."""
