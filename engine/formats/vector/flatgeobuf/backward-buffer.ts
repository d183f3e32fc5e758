/**
 * Takes the place of FlatBuffers' builder in `feature-bytes.ts`: the same bytes, one buffer for
 * all.
 */

/** A field of a table: its slot, and an offset to something written before or a byte of its own. 0 is left out, as it is the default. */
export type TableField =
  | { readonly slot: number; readonly offset: number }
  | { readonly slot: number; readonly byte: number }

/**
 * The part of FlatBuffers' builder that features need, for many buffers one after another: written from the end towards the
 * start, with the builder's own rules of alignment and order, so that the bytes are the same; vectors are copied whole. Offsets count from the end.
 *
 * Source: FlatBuffers, "Internals" (google.github.io/flatbuffers). Memory: the largest buffer so far.
 */
export class BackwardBuffer {
  private bytes = new Uint8Array(0)
  private view = new DataView(this.bytes.buffer)
  private space = 0
  private alignment = 1

  /** Begins a buffer of at most so many bytes. */
  begin(most: number): void {
    if (most > this.bytes.length) {
      // A multiple of 8: what is aligned from the end is so from the start, and doubles can be copied as such.
      this.bytes = new Uint8Array(8 * Math.ceil(Math.max(most, 2 * this.bytes.length) / 8))
      this.view = new DataView(this.bytes.buffer)
    }
    this.space = this.bytes.length
    this.alignment = 1
  }

  /** A vector of doubles; its offset. */
  doubles(values: Float64Array): number {
    this.align(4, 8 * values.length)
    this.align(8, 8 * values.length)
    this.space -= 8 * values.length
    new Float64Array(this.bytes.buffer, this.space, values.length).set(values)
    return this.count(values.length)
  }

  /** A vector of unsigned integers; its offset. */
  integers(values: Uint32Array): number {
    this.align(4, 4 * values.length)
    this.space -= 4 * values.length
    new Uint32Array(this.bytes.buffer, this.space, values.length).set(values)
    return this.count(values.length)
  }

  /** A vector of bytes; its offset. */
  octets(values: Uint8Array): number {
    this.align(4, values.length)
    this.space -= values.length
    this.bytes.set(values, this.space)
    return this.count(values.length)
  }

  /** A table of so many slots behind its vtable, its fields in the order given; its offset. */
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

  /** Ends the buffer with its root table and its size in front; a copy of it. */
  finish(root: number): Uint8Array {
    this.align(this.alignment, 8)
    this.reference(root)
    this.int32(this.offset())
    return this.bytes.slice(this.space)
  }

  private offset(): number {
    return this.bytes.length - this.space
  }

  /** Zeros until `size` more bytes, after `following` ones, end on a multiple of `size` from the end. */
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
