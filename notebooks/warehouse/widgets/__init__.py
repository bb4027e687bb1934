"""The dashboard and the edit forms, made of ipywidgets."""
