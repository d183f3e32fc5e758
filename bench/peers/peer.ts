/** What every reader is asked for: one entry a point, in the order of the file's bytes; coordinates as stored, not scaled. */
export interface Columns {
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly classification: Uint8Array
  /** Absent where the reader does not give it. */
  readonly returnNumber?: Uint8Array
}

/** A file open in a reader, ready for any number of passes. */
export interface Reader {
  /** Decodes the whole file into columns that stay from pass to pass; the number of points. This is what is timed. */
  pass(): number | Promise<number>
  /** Columns of the last pass, brought to stored integers where the reader gives other numbers. Not timed. */
  columns(): Columns
}

/** Opens a file in a reader. @throws Error why this reader cannot read the file */
export type OpenReader = (path: string) => Promise<Reader>

/** What a peer's process answers to one pass; times are of one decoding, the mean over the repeats that were asked for. */
export interface PassAnswer {
  readonly points: number
  /** User and system time of the whole process: its compiler's and collector's threads count. */
  readonly cpuMs: number
  readonly wallMs: number
  /** See `columnsChecksum`. */
  readonly checksum: string
}
