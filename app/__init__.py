"""The web application: the lessons as files that are made once, and a server for them."""
