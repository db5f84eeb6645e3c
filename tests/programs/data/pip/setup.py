"""A source distribution with an extension module in C: zlib's sources behind a few functions."""
import glob

from setuptools import Extension, setup

sources = [name for name in glob.glob("*.c") if not name.startswith("gz")]
setup(name="deflated", version="1.0", py_modules=[], ext_modules=[Extension("deflated", sources=sorted(sources))])
