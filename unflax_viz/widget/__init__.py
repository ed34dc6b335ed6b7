"""The widget in the notebook and its clerk: question in, answer out."""
