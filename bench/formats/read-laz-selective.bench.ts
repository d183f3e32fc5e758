import { pointFileBench } from "../point-file-bench.js"
import { realFile } from "../real-data.js"

export default pointFileBench("read-laz-selective", async () => realFile("bench/t02.laz"), [
  "classification",
  "returnNumber",
])
