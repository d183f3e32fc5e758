"""Task 2 with laspy, numpy and rasterio: the mean height of the ground points in each cell of 1 m.

Cells without a point stay empty: these packages do not interpolate."""
import json
import sys

import laspy
import numpy as np
import rasterio
from rasterio.transform import from_origin

path, out, *corners = sys.argv[1:]
min_x, min_y, max_x, max_y = map(float, corners)
las = laspy.read(path)
x, y, z = (np.asarray(las[name]) for name in "xyz")
inside = np.isin(las.classification, [2, 9, 66]) & (x >= min_x) & (x < max_x) & (y >= min_y) & (y < max_y)
width, height = int(max_x - min_x), int(max_y - min_y)
row = height - 1 - np.floor(y[inside] - min_y).astype(int)
at = row * width + np.floor(x[inside] - min_x).astype(int)
count = np.bincount(at, minlength=width * height)
total = np.bincount(at, z[inside], minlength=width * height)
with np.errstate(invalid="ignore"):
    heights = np.where(count > 0, total / count, -9999).reshape(height, width).astype("float32")
profile = dict(driver="COG", width=width, height=height, count=1, dtype="float32", nodata=-9999, crs="EPSG:2154")
with rasterio.open(out, "w", transform=from_origin(min_x, max_y, 1, 1), **profile) as file:
    file.write(heights, 1)
print(json.dumps({"width": width, "height": height}))
