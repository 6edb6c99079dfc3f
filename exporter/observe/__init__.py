"""The sources of evidence, one file each; they read and never write."""
