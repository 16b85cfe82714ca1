"""Makes the bindings' mirrors of include/chatfile.h: see __main__.py."""
