import { createLazDecoder } from "../../engine/formats/laz/wasm/decoder.js"
import { lazDecoderBench } from "../laz-decoder-bench.js"

export default lazDecoderBench("decode-laz", createLazDecoder)
