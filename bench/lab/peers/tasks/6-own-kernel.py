"""Task 6 with laspy and numpy: the standard deviation of the ground's heights in each cell of 2 m."""
import json
import sys

import laspy
import numpy as np

path, *corners = sys.argv[1:]
min_x, min_y, max_x, max_y = map(float, corners)
las = laspy.read(path)
x, y, z = (np.asarray(las[name]) for name in "xyz")
inside = (np.asarray(las.classification) == 2) & (x >= min_x) & (x < max_x) & (y >= min_y) & (y < max_y)
column, row = (np.floor(values[inside] / 2).astype(int) for values in (x, y))
_, cell = np.unique(row * 10_000_000 + column, return_inverse=True)
count, total, squares = (np.bincount(cell, weights) for weights in (None, z[inside], z[inside] ** 2))
deviation = np.sqrt(np.maximum(0, squares / count - (total / count) ** 2))
print(json.dumps({"cells": int(deviation.size), "mean": float(deviation.mean())}))
