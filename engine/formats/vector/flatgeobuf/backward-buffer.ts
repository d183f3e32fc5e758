/** Replaces FlatBuffers' builder for `feature-bytes.ts`: the same bytes, with one reused buffer. */

/**
 * A field of a table: its slot, and the offset of earlier data or a byte value. A 0, the default,
 * is omitted.
 */
export type TableField =
  | { readonly slot: number; readonly offset: number }
  | { readonly slot: number; readonly byte: number }

/**
 * The part of FlatBuffers' builder that features need, with one buffer for many of them. It writes
 * from the end to the start. It follows the builder's rules of alignment and order, so the bytes
 * are the same, but copies vectors whole. Offsets count from the end.
 *
 * Source: FlatBuffers, "Internals" (google.github.io/flatbuffers). Memory: the largest buffer so
 * far.
 */
export class BackwardBuffer {
  private bytes = new Uint8Array(0)
  private view = new DataView(this.bytes.buffer)
  private space = 0
  private alignment = 1

  /** Begins a buffer of at most `most` bytes. */
  begin(most: number): void {
    if (most > this.bytes.length) {
      // A multiple of 8, so alignment from the end equals alignment from the start and doubles can
      // be copied.
      this.bytes = new Uint8Array(8 * Math.ceil(Math.max(most, 2 * this.bytes.length) / 8))
      this.view = new DataView(this.bytes.buffer)
    }
    this.space = this.bytes.length
    this.alignment = 1
  }

  /** Writes a vector of doubles. Returns its offset. */
  doubles(values: Float64Array): number {
    this.align(4, 8 * values.length)
    this.align(8, 8 * values.length)
    this.space -= 8 * values.length
    new Float64Array(this.bytes.buffer, this.space, values.length).set(values)
    return this.count(values.length)
  }

  /** Writes a vector of unsigned integers. Returns its offset. */
  integers(values: Uint32Array): number {
    this.align(4, 4 * values.length)
    this.space -= 4 * values.length
    new Uint32Array(this.bytes.buffer, this.space, values.length).set(values)
    return this.count(values.length)
  }

  /** Writes a vector of bytes. Returns its offset. */
  octets(values: Uint8Array): number {
    this.align(4, values.length)
    this.space -= values.length
    this.bytes.set(values, this.space)
    return this.count(values.length)
  }

  /** Writes a table with its vtable, fields in the given order. Returns its offset. */
  table(slots: number, fields: readonly TableField[]): number {
    const start = this.offset()
    const places = new Uint32Array(slots)
    let used = 0
    for (const field of fields) {
      if ("byte" in field) {
        if (field.byte === 0) continue
        this.align(1, 0)
        this.view.setInt8(--this.space, field.byte)
      } else {
        if (field.offset === 0) continue
        this.reference(field.offset)
      }
      places[field.slot] = this.offset()
      used = Math.max(used, field.slot + 1)
    }
    this.int32(0)
    const table = this.offset()
    for (let slot = used - 1; slot >= 0; slot--) this.int16(places[slot] === 0 ? 0 : table - places[slot]!)
    this.int16(table - start)
    this.int16(2 * (used + 2))
    this.view.setInt32(this.bytes.length - table, this.offset() - table, true)
    return table
  }

  /** Ends the buffer with its root table, prefixed by its size. Returns a copy. */
  finish(root: number): Uint8Array {
    this.align(this.alignment, 8)
    this.reference(root)
    this.int32(this.offset())
    return this.bytes.slice(this.space)
  }

  private offset(): number {
    return this.bytes.length - this.space
  }

  /** Pads with zeros, so that `size` bytes written after `following` ones are aligned to `size`. */
  private align(size: number, following: number): void {
    if (size > this.alignment) this.alignment = size
    for (let padding = -(this.offset() + following) & (size - 1); padding > 0; padding--) this.bytes[--this.space] = 0
  }

  private count(length: number): number {
    this.space -= 4
    this.view.setInt32(this.space, length, true)
    return this.offset()
  }

  private int32(value: number): void {
    this.align(4, 0)
    this.space -= 4
    this.view.setInt32(this.space, value, true)
  }

  private int16(value: number): void {
    this.align(2, 0)
    this.space -= 2
    this.view.setInt16(this.space, value, true)
  }

  private reference(offset: number): void {
    this.align(4, 0)
    this.int32(this.offset() - offset + 4)
  }
}
