"""Task 1 with laspy and numpy: counts the points of each class in a box."""
import json
import sys

import laspy
import numpy as np

path, *corners = sys.argv[1:]
min_x, min_y, max_x, max_y = map(float, corners)
counts = np.zeros(256, int)
with laspy.open(path) as file:
    for points in file.chunk_iterator(1_000_000):
        x, y = np.asarray(points.x), np.asarray(points.y)
        inside = (x >= min_x) & (x < max_x) & (y >= min_y) & (y < max_y)
        counts += np.bincount(np.asarray(points.classification)[inside], minlength=256)
print(json.dumps({str(code): int(n) for code, n in enumerate(counts) if n > 0}))
