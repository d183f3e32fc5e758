/** Takes results of other output folders: tasks with the same hash whose files verify. */
import { joinInside } from "../../core/files/join-inside.js"
import { counted } from "../../core/texts.js"
import { hasNoted } from "../../io/noted-reads.js"
import { layout } from "../../job/layout.js"
import type { EndRecord, WrittenFile } from "../../journal/journal-record.js"
import type { Plan } from "../../plan/plan.js"
import type { PlannedTask } from "../../plan/planned-task.js"
import { copyVerified } from "./copy-verified.js"
import { type Donor, differences, FLAG, nameOf, openDonors } from "./donors.js"

/** Receives a line for the log. */
type Say = (text: string, level: "info" | "warning") => void

/** The results of other folders, as a run takes them. */
export class Reuse {
  readonly #plan: Plan
  readonly #donors: readonly Donor[]
  readonly #say: Say
  /** Ends taken in this run, by task id. */
  readonly #taken = new Map<string, EndRecord>()
  /** Tasks, with their hashes, that no folder has. */
  readonly #lost = new Set<string>()
  readonly #noted = new Set<string>()

  private constructor(plan: Plan, donors: readonly Donor[], say: Say) {
    this.#plan = plan
    this.#donors = donors
    this.#say = say
  }

  /** Throws as {@link openDonors}. */
  static async open(plan: Plan, folders: readonly string[], say: Say): Promise<Reuse> {
    return new Reuse(plan, await openDonors(plan, folders), say)
  }

  /** The end that this run took for a task. */
  takenOf(id: string): EndRecord | undefined {
    return this.#taken.get(id)
  }

  /**
   * Copies the files of a task from the first folder that has them, and returns its end; undefined
   * where none has. Adds the ends of the sources' parts, which say what was read: later runs
   * compare it.
   */
  async take(
    task: PlannedTask,
    hashes: readonly (string | undefined)[],
  ): Promise<{ readonly end: EndRecord; readonly parts: readonly EndRecord[] } | undefined> {
    const asked = [task.id, ...hashes].join(" ")
    if (this.#lost.has(asked)) return undefined
    for (const donor of this.#donors) {
      const found = hashes.flatMap((hash) => (hash && donor.ends.get(nameOf(task.id, hash))) || [])[0]
      if (found === undefined || !(await this.#haveSameBytes(donor, task))) continue
      const { former: _, ...end } = found
      // A tile that is read only for its neighbours needs no product.
      const files = task.neighbour ? end.files.filter(({ path }) => path.startsWith(layout.work)) : end.files
      if (!(await this.#copyAll(donor, task, files))) continue
      donor.taken++
      return { end: { ...end, files, reused: true }, parts: this.#findParts(donor, task) }
    }
    this.#lost.add(asked)
    return undefined
  }

  /** Notes the end of a task that was taken, as journaled. */
  note(id: string, end: EndRecord): void {
    this.#taken.set(id, end)
  }

  /** A line for each folder: how many tasks came from it, or why none did. */
  summary(): string[] {
    return this.#donors.map((donor) => {
      if (donor.taken > 0) return `${counted(donor.taken, "task")} reused from ${donor.folder}`
      const why = differences(this.#plan, donor)
      return `no task reused from ${donor.folder}${why.length === 0 ? "" : `: ${why.join("; ")}`}`
    })
  }

  #findParts(donor: Donor, task: PlannedTask): EndRecord[] {
    // Tiles are taken before any source is decoded, whose own end must not be replaced.
    if (task.stage !== "tile") return []
    return task.sources.flatMap((index) => {
      const { identity = "" } = this.#plan.context.sources[index] ?? {}
      if (this.#noted.has(identity)) return []
      this.#noted.add(identity)
      return donor.parts.get(identity) ?? []
    })
  }

  async #haveSameBytes(donor: Donor, { sources }: PlannedTask): Promise<boolean> {
    for (const index of sources) {
      const source = this.#plan.context.sources[index]
      if (source === undefined) return false
      const { identity } = source
      const same = donor.same.get(identity) ?? this.#compare(donor, source)
      donor.same.set(identity, same)
      if (!(await same)) return false
    }
    return true
  }

  /**
   * Compares all bytes that the donor's tasks read of a source with those of the file here. A file
   * with the same path, size and time is the same, as within one folder.
   */
  async #compare({ folder, stamps, reads }: Donor, source: Plan["context"]["sources"][number]): Promise<boolean> {
    const { path, identity, stamp } = source
    if (stamp !== undefined && stamps.get(nameOf(path, identity)) === stamp) return true
    const noted = reads.get(identity)
    if (noted !== undefined && (await hasNoted(path, noted).catch(() => false))) return true
    const why = noted === undefined ? "does not say which bytes of it were read" : "has read other bytes of it"
    this.#say(`${FLAG}: tiles of ${path} are made: ${folder} ${why}`, "info")
    return false
  }

  async #copyAll(donor: Donor, task: PlannedTask, files: readonly WrittenFile[]): Promise<boolean> {
    for (const file of files) {
      if (await copyVerified(donor.folder, this.#plan.job.out, file, donor.copying)) continue
      const text = `${FLAG}: ${joinInside(donor.folder, file.path)} is damaged or missing; ${task.stage} ${task.key} is made again`
      this.#say(text, "warning")
      return false
    }
    return true
  }
}
