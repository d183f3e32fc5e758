import { loadGdal } from "../../engine/formats/raster/load-gdal.js"
import { writeGeoPackage } from "../../engine/formats/vector/geopackage-writer.js"
import { writeFormatBench } from "../write-format-bench.js"

export default writeFormatBench("write-geopackage", writeGeoPackage, async () =>
  (await loadGdal()) === undefined ? "gdal-async is not installed" : undefined,
)
