/** Working memory of the layer encoders: models and state for each scanner channel. */

import { integerSize, modelSize, writeInteger, writeModel } from "../arithmetic-coding.js"
import { ArithmeticEncoder } from "../arithmetic-encoder.js"

/** Raw records of a chunk. */
export interface RawRecords {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly count: number
  /** Bytes from one record to the next. */
  readonly length: number
}

/**
 * Models of a layer, in order: a number of models of `symbols` symbols each, or the models of an
 * integer.
 */
type Part =
  | { readonly models: number; readonly symbols: number }
  | { readonly bits: 16 | 32; readonly contexts: number }

const PARTS: Readonly<Record<LayerKind, readonly Part[]>> = {
  xy: [
    { models: 8, symbols: 128 },
    { models: 1, symbols: 3 },
    { models: 1, symbols: 13 },
    { models: 32, symbols: 16 },
    { bits: 32, contexts: 2 },
    { bits: 32, contexts: 22 },
  ],
  z: [{ bits: 32, contexts: 20 }],
  bytes: [{ models: 64, symbols: 256 }],
  flags: [{ models: 64, symbols: 64 }],
  intensity: [{ bits: 16, contexts: 4 }],
  scanAngle: [{ bits: 16, contexts: 2 }],
  sourceId: [{ bits: 16, contexts: 1 }],
  time: [
    { models: 1, symbols: 515 },
    { models: 1, symbols: 5 },
    { bits: 32, contexts: 9 },
  ],
  rgb: [
    { models: 1, symbols: 128 },
    { models: 6, symbols: 256 },
  ],
  nir: [
    { models: 1, symbols: 4 },
    { models: 2, symbols: 256 },
  ],
  byte: [{ models: 1, symbols: 256 }],
}

/** Kinds of layers, by the models they need. */
export type LayerKind =
  | "xy"
  | "z"
  | "bytes"
  | "flags"
  | "intensity"
  | "scanAngle"
  | "sourceId"
  | "time"
  | "rgb"
  | "nir"
  | "byte"

/** Size of a channel's state, in numbers. */
const STATE = 160

const sizeOf = (part: Part): number =>
  "bits" in part ? integerSize(part.bits, part.contexts) : part.models * modelSize(part.symbols)

const write = (models: Uint16Array, start: number, part: Part): number => {
  if ("bits" in part) return writeInteger(models, start, part.bits, part.contexts)
  let at = start
  for (let i = 0; i < part.models; i++) at = writeModel(models, at, part.symbols)
  return at
}

/**
 * Up to four scanner channels of the layer being written, each with its own models and last point.
 * A channel's fresh models are copied from images, built once, when it first occurs. Memory: 0.5 MB
 * of models, and the bytes of a chunk.
 */
export class EncoderChannels {
  readonly coder: ArithmeticEncoder
  /** State that a layer keeps between points: {@link STATE} numbers a channel. */
  readonly state = new Int32Array(4 * STATE)
  private readonly images: Readonly<Record<string, readonly [start: number, end: number]>>
  private readonly work: number
  private readonly workSize: number
  private image = 0
  private imageEnd = 0
  private seen = 0

  constructor() {
    const images: Record<string, readonly [number, number]> = {}
    let [at, most] = [0, 0]
    for (const [kind, parts] of Object.entries(PARTS)) {
      const size = parts.reduce((sum, part) => sum + sizeOf(part), 0)
      images[kind] = [at, at + size]
      at += size
      most = Math.max(most, size)
    }
    const models = new Uint16Array(at + 4 * most)
    for (const [kind, parts] of Object.entries(PARTS))
      parts.reduce((start, part) => write(models, start, part), images[kind][0])
    this.images = images
    this.work = at
    this.workSize = most
    this.coder = new ArithmeticEncoder(models, 1 << 20)
  }

  /** Starts a layer: every channel is new. */
  start(kind: LayerKind): void {
    ;[this.image, this.imageEnd] = this.images[kind]
    this.seen = 0
  }

  /** True if the channel has not occurred in this layer. */
  isNew(channel: number): boolean {
    return ((this.seen >> channel) & 1) === 0
  }

  /** Marks a channel as known, with fresh models and zeroed state. */
  enter(channel: number): void {
    this.seen |= 1 << channel
    this.state.fill(0, channel * STATE, (channel + 1) * STATE)
    this.coder.models.copyWithin(this.modelsOf(channel), this.image, this.imageEnd)
  }

  /** Index of a channel's models. */
  modelsOf(channel: number): number {
    return this.work + channel * this.workSize
  }

  /** Index of a channel's state. */
  stateOf(channel: number): number {
    return channel * STATE
  }
}
