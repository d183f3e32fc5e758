/**
 * Decoder of the layers of a LAZ chunk (compressor 3; items POINT14, RGB14, RGBNIR14, BYTE14,
 * version 3).
 */
import { setUpChannels } from "./channels"
import { setUpRecords } from "./columns"
import { setUpTimes } from "./times"
import { setUpXy } from "./xy"

export { FIRST, SECOND, startLayer } from "./coder"
export { decodeClassification, decodeZ } from "./point14"
export {
  decodeFlags,
  decodeIntensity,
  decodeScanAngle,
  decodeSourceId,
  decodeUserData,
} from "./attributes"
export { decodeGpsTime, decodeZAndTime } from "./times"
export { decodeXy, decodeXyOfTwo, startXy } from "./xy"
export { decodeByte, decodeNir, decodeRgb } from "./colours"
export { interleave, leastOf, mostOf, placeColumn, recordsAt, settleColumn } from "./columns"

/** Prepares an instance, once; returns the first free address. */
export function setUp(): usize {
  setUpXy()
  setUpTimes()
  return setUpRecords(setUpChannels())
}
