"""What is on a screen of Xvfb (-fbdir) as a PNG: picture.py SCREEN PNG. Rows and columns of its edge's colour are cut off."""

import struct
import sys
import zlib


def screen(data):
    """Its rows, each a list of three bytes. The format is that of xwd (XWDFile.h), 32 bits a dot, blue first."""
    head = struct.unpack(">25I", data[:100])
    head_size, width, height, per_row, colours = head[0], head[4], head[5], head[12], head[19]
    start = head_size + 12 * colours
    for y in range(height):
        row = data[start + y * per_row:][:4 * width]
        yield [row[4 * x:4 * x + 3][::-1] for x in range(width)]


def cut(rows):
    """Without the edge."""
    edge = rows[-1][-1]
    rows = [row for row in rows if any(dot != edge for dot in row)]
    columns = [x for x in range(len(rows[0])) if any(row[x] != edge for row in rows)]
    return [row[columns[0]:columns[-1] + 1] for row in rows[:]]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(rows):
    head = struct.pack(">2I5B", len(rows[0]), len(rows), 8, 2, 0, 0, 0)
    lines = b"".join(b"\0" + b"".join(row) for row in rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")


with open(sys.argv[1], "rb") as file:
    picture = png(cut(list(screen(file.read()))))
with open(sys.argv[2], "wb") as file:
    file.write(picture)
