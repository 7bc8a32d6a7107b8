"""Builds "Vision Transformers, on Real Photos": prose and models in, a static site out."""
