import { readFile } from "node:fs/promises"
import { createLazDecoder } from "../../kernels/wasm/load.js"
import { lazDecoderBench } from "../laz-decoder-bench.js"

export default lazDecoderBench("decode-laz", async () =>
  createLazDecoder(await readFile(new URL("../../kernels/wasm/laz.wasm", import.meta.url))),
)
