/** Writes an image file directory of TIFF: its fields and their values. */

const ASCII = 2
/** TIFF field type: 16-bit unsigned integers. */
export const SHORT = 3
/** TIFF field type: 32-bit unsigned integers. */
export const LONG = 4
/** TIFF field type: 64-bit floating point. */
export const DOUBLE = 12
const FIELD_BYTES: Readonly<Record<number, number>> = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [DOUBLE]: 8 }

interface Field {
  readonly tag: number
  readonly type: number
  readonly values: readonly number[] | Uint8Array
}

/** The fields of one directory (TIFF 6.0, section 2), little-endian. */
export class TiffDirectory {
  readonly fields = new Map<number, Field>()

  put(tag: number, type: number, values: readonly number[] | Uint8Array): this {
    this.fields.set(tag, { tag, type, values })
    return this
  }

  /** Sets a text field, unless the text is empty or undefined. */
  text(tag: number, text: string | undefined): this {
    return text ? this.put(tag, ASCII, new TextEncoder().encode(`${text}\0`)) : this
  }

  /** Bytes of the directory and its values; always even. */
  get byteLength(): number {
    let size = 2 + 12 * this.fields.size + 4
    for (const field of this.fields.values()) size += outsideBytes(field)
    return size
  }

  /** Writes the directory at `start`. `next` is the offset of the following one, 0 for the last. */
  write(view: DataView, start: number, next: number): void {
    const sorted = [...this.fields.values()].sort((a, b) => a.tag - b.tag)
    view.setUint16(start, sorted.length, true)
    let entry = start + 2
    let outside = start + 2 + 12 * sorted.length + 4
    for (const field of sorted) {
      view.setUint16(entry, field.tag, true)
      view.setUint16(entry + 2, field.type, true)
      view.setUint32(entry + 4, field.values.length, true)
      const size = outsideBytes(field)
      if (size > 0) view.setUint32(entry + 8, outside, true)
      writeValues(view, size > 0 ? outside : entry + 8, field)
      outside += size
      entry += 12
    }
    view.setUint32(entry, next, true)
  }
}

/**
 * Bytes that a field needs outside its 12-byte entry, padded to even; 0 if its values fit inside.
 */
const outsideBytes = (field: Field): number => {
  const size = field.values.length * FIELD_BYTES[field.type]!
  return size <= 4 ? 0 : size + (size & 1)
}

const writeValues = (view: DataView, at: number, { type, values }: Field): void => {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (type === ASCII) view.setUint8(at + i, value)
    else if (type === SHORT) view.setUint16(at + 2 * i, value, true)
    else if (type === LONG) view.setUint32(at + 4 * i, value, true)
    else view.setFloat64(at + 8 * i, value, true)
  }
}
