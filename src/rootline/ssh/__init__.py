"""GPU machines that are reached by SSH: which there are, what travels, and what comes back."""
