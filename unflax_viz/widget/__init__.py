"""The widgets in the notebook, and the page that needs none."""
