import { createLazTwin } from "../../kernels/wasm/laz-twin.js"
import { lazDecoderBench } from "../laz-decoder-bench.js"

export default lazDecoderBench("decode-laz-twin", createLazTwin)
