import { readFile } from "node:fs/promises"
import { createLazDecoder } from "../../engine/formats/laz/wasm/load-decoder.js"
import { lazDecoderBench } from "../laz-decoder-bench.js"

export default lazDecoderBench("decode-laz", async () =>
  createLazDecoder(await readFile(new URL("../../kernels/wasm/laz.wasm", import.meta.url))),
)
