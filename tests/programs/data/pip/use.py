"""What the extension module does, in lines to compare; it must agree with Python's own zlib."""
import hashlib
import zlib

import deflated

text = "".join(f"{n * n % 977} bottles of ale, {n:x}\n" for n in range(20000)).encode()
for level in (0, 1, 6, 9):
    packed = deflated.pack(text, level=level)
    print(level, len(packed), hashlib.md5(packed).hexdigest(), deflated.unpack(packed, len(text)) == text == zlib.decompress(packed))
total = deflated.Sum()
for start in range(0, len(text), 5000):
    total.add(text[start:start + 5000])
print(total, total.bytes, total.adler == zlib.adler32(text), total.crc == zlib.crc32(text))
for wrong in (lambda: deflated.unpack(b"nonsense", 10), lambda: deflated.unpack(packed, 10), lambda: deflated.unpack(1), lambda: deflated.pack("text"), lambda: total.add(None),
              lambda: setattr(total, "crc", 1), lambda: deflated.pack(b"", level=77)):
    try:
        wrong()
    except Exception as error:
        print(type(error).__name__, error)
