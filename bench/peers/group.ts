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

/** What a group found: for programs and for people. */
export interface GroupResult {
  readonly data: unknown
  readonly markdown: string
}

/** A group of comparisons. */
export interface Group {
  /** What `--filter` looks at. */
  readonly name: string
  readonly title: string
  /** A string: why it cannot run here. @throws Error when the comparison failed: peers disagree on the result */
  run(options: GroupOptions): Promise<GroupResult | string>
}
