"""Marts of what a training run costs by each method, and of why two runs differ."""
