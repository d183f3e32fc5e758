/**
 * Encoder of the layers of a LAZ chunk (compressor 3; items POINT14, RGB14, RGBNIR14, BYTE14,
 * version 3), on the channels and models of the decoder.
 */
import { setUpChannels } from "../../wasm/assembly/channels"
import { setUpXy } from "../../wasm/assembly/xy"
import { setUpRecords } from "./records"

export { chunkAt, encode, reserve } from "./records"

/** Prepares an instance, once. */
export function setUp(): void {
  setUpXy()
  setUpRecords((setUpChannels() + 15) & ~15)
}
