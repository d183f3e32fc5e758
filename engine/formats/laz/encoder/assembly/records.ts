/** Divides records into columns, and writes the layers of a chunk. */
import { endStream, startStream } from "./coder"
import { encodeByte, encodeNir, encodeRgb } from "./colours"
import { orderByTime } from "./order"
import {
  encodeClassification,
  encodeFlags,
  encodeIntensity,
  encodeScanAngle,
  encodeSourceId,
  encodeUserData,
  encodeZ,
} from "./point14"
import { encodeGpsTime } from "./times"
import { encodeXy, placeMarks } from "./xy"

/** Bytes of a point in the columns, without extra bytes: those of format 8, and a link. */
const COLUMN_BYTES: usize = 40
/** Most bytes of a point in all layers: two a symbol, and the raw bits. Extra bytes: two each. */
const MOST_BYTES: usize = 96
const PAGE: usize = 65536

let records: usize = 0
let order: usize = 0
let columns: usize = 0
let extra: usize = 0
let out: usize = 0

/** Address of the chunk. */
export function chunkAt(): usize {
  return out
}

/** Says where memory is free. */
export function setUpRecords(free: usize): void {
  records = free
}

/**
 * Reserves memory for a chunk of `count` records, with `stride` bytes from one to the next and
 * `extraBytes` extra bytes. Returns the address of the records, or 0 if the system refuses memory.
 */
export function reserve(count: usize, stride: usize, extraBytes: usize): usize {
  extra = extraBytes
  order = (records + count * stride + 15) & ~15
  columns = order + ((4 * count + 15) & ~15)
  out = (columns + count * (COLUMN_BYTES + extraBytes) + 256) & ~15
  const missing = <i32>(out + count * (MOST_BYTES + 2 * extraBytes) + 65536 - ((<usize>memory.size()) << 16))
  if (missing > 0 && memory.grow((missing + <i32>PAGE - 1) >> 16) < 0) return 0
  return records
}

/** True if a column's values differ. */
function varies(column: usize, width: usize, count: u32): bool {
  const end = column + width * (count - 1)
  let at = column
  for (; at + 16 <= end; at += 16) {
    if (v128.any_true(v128.xor(v128.load(at), v128.load(at + width)))) return true
  }
  for (; at < end; at++) if (load<u8>(at) != load<u8>(at + width)) return true
  return false
}

let next: usize = 0
let sizes: usize = 0

/** Allocates a column. */
function column(width: usize, count: u32): usize {
  const at = next
  next = (next + width * count + 7) & ~7
  return at
}

/** Ends a layer and notes its size; a layer without a change has none. */
function endLayer(begin: usize, wanted: bool): void {
  const end = wanted ? endStream() : begin
  store<u32>(sizes, end - begin)
  sizes += 4
  next = end
}

function layerStart(): usize {
  startStream(next)
  return next
}

/**
 * Encodes the reserved records of a point format as a chunk; returns the address after it. With
 * `byTime` they are ordered first: the stride is then a multiple of 4.
 */
export function encode(count: u32, stride: usize, pointFormat: u32, recordLength: usize, byTime: bool): usize {
  if (byTime) orderByTime(records, count, stride, order, columns)
  next = columns
  const xs = column(4, count)
  const ys = column(4, count)
  const zs = column(4, count)
  const times = column(8, count)
  const intensities = column(2, count)
  const angles = column(2, count)
  const sources = column(2, count)
  const links = column(2, count)
  const returns = column(1, count)
  const flags = column(1, count)
  const classes = column(1, count)
  const users = column(1, count)
  const red = column(2, count)
  const green = column(2, count)
  const blue = column(2, count)
  const infrared = column(2, count)
  const extras = next
  for (let i: u32 = 0; i < count; i++) {
    const record = records + (byTime ? load<u32>(order + 4 * i) : i) * stride
    store<u32>(xs + 4 * i, load<u32>(record))
    store<u32>(ys + 4 * i, load<u32>(record, 4))
    store<u32>(zs + 4 * i, load<u32>(record, 8))
    store<u64>(times + 8 * i, load<u64>(record, 22))
    store<u16>(intensities + 2 * i, load<u16>(record, 12))
    store<u16>(angles + 2 * i, load<u16>(record, 18))
    store<u16>(sources + 2 * i, load<u16>(record, 20))
    const flag: u32 = load<u8>(record, 15)
    // The channel is no part of the layer of flags.
    store<u16>(links + 2 * i, (flag & 48) << 4)
    store<u8>(flags + i, flag & 0xcf)
    store<u8>(returns + i, load<u8>(record, 14))
    store<u8>(classes + i, load<u8>(record, 16))
    store<u8>(users + i, load<u8>(record, 17))
    if (pointFormat > 6) {
      store<u16>(red + 2 * i, load<u16>(record, 30))
      store<u16>(green + 2 * i, load<u16>(record, 32))
      store<u16>(blue + 2 * i, load<u16>(record, 34))
    }
    if (pointFormat > 7) store<u16>(infrared + 2 * i, load<u16>(record, 36))
    for (let k: usize = 0; k < extra; k++) {
      store<u8>(extras + k * count + i, load<u8>(record + recordLength - extra + k))
    }
  }
  // Head: the first record, the count, and a size a layer.
  const first = records + (byTime ? load<u32>(order) : 0) * stride
  memory.copy(out, first, recordLength)
  store<u32>(out + recordLength, count)
  sizes = out + recordLength + 4
  next = sizes + 4 * (9 + pointFormat - 6 + extra)

  let begin = layerStart()
  placeMarks(angles, sources, times)
  encodeXy(count, xs, ys, returns, links)
  endLayer(begin, true)
  begin = layerStart()
  encodeZ(count, zs, links)
  endLayer(begin, true)
  begin = layerStart()
  let wanted = varies(classes, 1, count)
  if (wanted) encodeClassification(count, classes, links)
  endLayer(begin, wanted)
  begin = layerStart()
  wanted = varies(flags, 1, count)
  if (wanted) encodeFlags(count, flags, links)
  endLayer(begin, wanted)
  begin = layerStart()
  wanted = varies(intensities, 2, count)
  if (wanted) encodeIntensity(count, intensities, links)
  endLayer(begin, wanted)
  begin = layerStart()
  wanted = varies(angles, 2, count)
  if (wanted) encodeScanAngle(count, angles, links)
  endLayer(begin, wanted)
  begin = layerStart()
  wanted = varies(users, 1, count)
  if (wanted) encodeUserData(count, users, links)
  endLayer(begin, wanted)
  begin = layerStart()
  wanted = varies(sources, 2, count)
  if (wanted) encodeSourceId(count, sources, links)
  endLayer(begin, wanted)
  begin = layerStart()
  wanted = varies(times, 8, count)
  if (wanted) encodeGpsTime(count, times, links)
  endLayer(begin, wanted)
  if (pointFormat > 6) {
    begin = layerStart()
    // LASzip also writes colours that are all the same, unless grey.
    const r = load<u16>(red)
    const coloured = count > 1 && (r != load<u16>(green) || r != load<u16>(blue))
    wanted = coloured || varies(red, 2, count) || varies(green, 2, count) || varies(blue, 2, count)
    if (wanted) encodeRgb(count, red, green, blue, links)
    endLayer(begin, wanted)
  }
  if (pointFormat > 7) {
    begin = layerStart()
    wanted = varies(infrared, 2, count)
    if (wanted) encodeNir(count, infrared, links)
    endLayer(begin, wanted)
  }
  for (let k: usize = 0; k < extra; k++) {
    const values = extras + k * count
    begin = layerStart()
    wanted = varies(values, 1, count)
    if (wanted) encodeByte(count, values, links)
    endLayer(begin, wanted)
  }
  return next
}
