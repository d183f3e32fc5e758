"""Task 4 with laspy and numpy: the mean slope and area of each roof, from cells of 1 m with class 6 points.

Adjacent cells are one roof; slopes are gradients of the cells' mean heights."""
import json
import sys

import laspy
import numpy as np

path, *corners = sys.argv[1:]
min_x, min_y, max_x, max_y = map(float, corners)
las = laspy.read(path)
x, y, z = (np.asarray(las[name]) for name in "xyz")
inside = (np.asarray(las.classification) == 6) & (x >= min_x) & (x < max_x) & (y >= min_y) & (y < max_y)
width, height = int(max_x - min_x), int(max_y - min_y)
at = np.floor(y[inside] - min_y).astype(int) * width + np.floor(x[inside] - min_x).astype(int)
with np.errstate(invalid="ignore"):
    mean = np.bincount(at, z[inside], minlength=width * height) / np.bincount(at, minlength=width * height)
heights = mean.reshape(height, width)
down, across = np.gradient(heights)
gradient = np.hypot(down, across).ravel()
label = np.where(np.isnan(mean), -1, 0)
roofs = []
for start in np.flatnonzero(label == 0):
    if label[start] != 0:
        continue
    label[start] = len(roofs) + 1
    cells = [start]
    for cell in cells:
        for neighbour in (cell - 1, cell + 1, cell - width, cell + width):
            if 0 <= neighbour < label.size and label[neighbour] == 0:
                label[neighbour] = label[start]
                cells.append(neighbour)
    known = gradient[cells][~np.isnan(gradient[cells])]
    if known.size < 10:
        continue
    slope = float(np.degrees(np.arctan(known)).mean())
    roofs.append({"slope": slope, "area": float(len(cells) * np.hypot(1, known).mean())})
print(json.dumps(roofs))
