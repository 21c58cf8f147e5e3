"""The LArTPC study: protons and kaons in liquid-argon images."""
