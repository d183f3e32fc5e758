/** Decoder of the layers of a LAZ chunk (compressor 3; items POINT14, RGB14, RGBNIR14, BYTE14 of version 3). */
export { setUp } from "./channels"
export { startLayer } from "./coder"
export { decodeClassification, decodeXy, decodeZ } from "./point14"
export {
  decodeFlags,
  decodeGpsTime,
  decodeIntensity,
  decodeScanAngle,
  decodeSourceId,
  decodeUserData,
} from "./attributes"
export { decodeByte, decodeNir, decodeRgb } from "./colours"
export { leastOf, mostOf, placeColumn, settleColumn } from "./columns"
