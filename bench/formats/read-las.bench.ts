import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { scanScene } from "../../fixtures/sample/scan.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import { pointFileBench } from "../point-file-bench.js"
import { temporaryFile } from "../temporary-file.js"

export default pointFileBench("read-las", async () =>
  temporaryFile("scene.las", encodeLas(scanScene(makeScene()), { pointFormat: 6, epsg: 2154 })),
)
