import { createLazTwin } from "../../test/reference/laz/decoder.js"
import { lazDecoderBench } from "../laz-decoder-bench.js"

export default lazDecoderBench("decode-laz-twin", createLazTwin)
