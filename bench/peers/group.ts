import type { ProgramName } from "./programs.js"

/** What a group of comparisons is told. */
export interface GroupOptions {
  /** Point files or folders; the group's own choice when there is none. */
  readonly files: readonly string[]
  readonly passes: number
  /** The least that shows that all works; nothing to measure by. */
  readonly quick: boolean
  /** Only readers whose name holds one of these texts; all by default. */
  readonly readers?: readonly string[]
  readonly onProgress: (text: string) => void
}

/** One line of the table in the README: maille beside a peer. */
export interface SummaryRow {
  readonly work: string
  readonly peer: string
  /** Milliseconds of processor time, ours and the peer's. */
  readonly ours: number
  readonly theirs: number
  /** Peer's time through ours, pass by pass: above 1 maille is faster. */
  readonly times: number
  /** What shows that the work is the same, or in what it differs. */
  readonly proof: string
}

/** What a group found: for programs and for people. */
export interface GroupResult {
  readonly data: unknown
  readonly markdown: string
  readonly summary?: readonly SummaryRow[]
  /** Markdown that the README has under its table. */
  readonly note?: string
}

/** A group of comparisons. */
export interface Group {
  /** What `--filter` looks at. */
  readonly name: string
  readonly title: string
  /** Packages and programs that it compares with: their versions are told with the result. */
  readonly packages?: readonly string[]
  readonly programs?: readonly ProgramName[]
  /** A string: why it cannot run here. @throws Error when the comparison failed: peers disagree on the result */
  run(options: GroupOptions): Promise<GroupResult | string>
}
