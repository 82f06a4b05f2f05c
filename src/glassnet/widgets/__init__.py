"""Pictures: each one .py (what is shown) and one .js beside it (how), which work in the studio and in notebooks alike.

A picture draws itself from its traits alone and knows nothing of the page around it; see `widgets.picture`.
"""
