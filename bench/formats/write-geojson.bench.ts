import { writeGeoJson } from "../../engine/formats/vector/geojson-writer.js"
import { writeFormatBench } from "../write-format-bench.js"

export default writeFormatBench("write-geojson", writeGeoJson)
