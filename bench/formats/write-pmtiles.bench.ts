import { writePmtiles } from "../../engine/formats/pmtiles/pmtiles-writer.js"
import { writeFormatBench } from "../write-format-bench.js"

export default writeFormatBench("write-pmtiles", writePmtiles)
