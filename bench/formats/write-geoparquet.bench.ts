import { writeGeoParquet } from "../../engine/formats/vector/geoparquet-writer.js"
import { writeFormatBench } from "../write-format-bench.js"

export default writeFormatBench("write-geoparquet", writeGeoParquet)
