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

/** Work that a peer's process does when told to. */
export interface Work {
  /** The work, whole; the number of points, or of what else it handles. This is what is timed. */
  pass(): number | Promise<number>
  /** What proves the last pass, for the answer. Not timed. */
  proof(): Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>
  /** Starts and ends the program that `pass` runs, without work: timed beside it. Only where `pass` runs another process. */
  startUp?(): Promise<unknown>
  close?(): Promise<void>
}

/** A peer by its name. */
export interface PeerEntry {
  /** What `peer-process.js` is started with, and what the reports call it. */
  readonly name: string
  /** What it does, from where to where. */
  readonly work: string
  /** Opens a file for the work. @throws Error why this peer cannot take it */
  readonly open: (path: string) => Promise<Work>
  /** Runs a program of its own, start included: timed as a whole process. */
  readonly whole?: boolean
  /** So slow that it has one pass. */
  readonly once?: boolean
  /** Name of our entry that it is measured by; by default the first of its kind. */
  readonly against?: string
}

/** Times of one pass, the mean over the repeats that were asked for. */
export interface TimedAnswer {
  readonly points: number
  /** User and system time of the whole process: its compiler's and collector's threads count. */
  readonly cpuMs: number
  readonly wallMs: number
  /** The same of starting and ending alone, where the work is a process of its own. */
  readonly start?: { readonly cpuMs: number; readonly wallMs: number }
}

/** What a reader's process answers to one pass. */
export interface PassAnswer extends TimedAnswer {
  /** See `columnsChecksum`. */
  readonly checksum: string
}
