"""Support routines that generated code needs at run time (the job of libgcc), in C, built by our own compiler."""
