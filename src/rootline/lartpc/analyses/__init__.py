"""What is asked of the latents: numbers with n and an interval first, figures second."""
