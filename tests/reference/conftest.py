"""Nothing here is a test: the recorders need Keras and PyTorch, which the test environment does not have."""

collect_ignore_glob = ["record.py", "load.py", "recording/*"]
