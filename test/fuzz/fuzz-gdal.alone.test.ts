/** As fuzz.alone.test.ts, in a process of its own: a fault of GDAL ends it. */
import { loadGdal } from "../../engine/formats/raster/load-gdal.js"
import { fuzzTargets } from "./fuzz-targets.js"
import { gdalTargets } from "./gdal-targets.js"

fuzzTargets((await loadGdal()) === undefined ? [] : gdalTargets)
