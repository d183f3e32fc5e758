/** Writes the files of one task, with the facts that every product carries, and hashes them. */
import { createHash } from "node:crypto"
import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { crc32 } from "node:zlib"
import { assertLocked, atomicWrite, moveIntoPlace, outputError, temporaryName } from "../../core/files/atomic-write.js"
import { joinInside } from "../../core/files/join-inside.js"
import { withFile } from "../../core/files/with-file.js"
import { acquisition } from "../../core/gps-day.js"
import { sha256 } from "../../core/hash.js"
import { EngineError } from "../../errors.js"
import { layout } from "../../job/layout.js"
import { classifiedFact, stampOptions, type WorkContext } from "../../plan/context.js"
import type { StagedFile } from "../task-result.js"
import type { StepClock } from "../thread-use.js"

export class Output {
  readonly #out: string
  readonly #clock: StepClock
  readonly #pack: boolean
  readonly #files: StagedFile[] = []

  /** @param pack true: files keep a temporary name until the main process packs them */
  constructor(out: string, clock: StepClock, pack = false) {
    this.#out = out
    this.#clock = clock
    this.#pack = pack
  }

  /**
   * Writes `data` at the relative path: temporary name → fsync → rename. A file to be packed stays
   * under its temporary name. Throws E_OUTPUT.
   */
  async write(path: string, data: Uint8Array): Promise<void> {
    const outer = this.#clock.enter("write")
    try {
      const file = { path, sha256: sha256(data), sizeBytes: data.byteLength }
      if (this.#pack) this.#files.push({ ...file, staged: { path: await this.#stage(path, data), crc32: crc32(data) } })
      else {
        await atomicWrite(joinInside(this.#out, path), data, join(this.#out, layout.temporary))
        this.#files.push(file)
      }
    } catch (cause) {
      throw cause instanceof EngineError ? cause : outputError(path, cause)
    } finally {
      this.#clock.enter(outer)
    }
  }

  /** Not durable: the pack becomes durable before the task's end is journaled. */
  async #stage(path: string, data: Uint8Array): Promise<string> {
    const staged = `${layout.temporary}/${temporaryName(path)}`
    assertLocked(join(this.#out, staged))
    await mkdir(join(this.#out, layout.temporary), { recursive: true })
    await writeFile(join(this.#out, staged), data)
    return staged
  }

  /**
   * Writes a file part by part, without keeping all of it in memory. Never packed. Throws E_OUTPUT,
   * and the errors of `parts`.
   */
  async writeParts(path: string, parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    const final = joinInside(this.#out, path)
    const temporary = join(this.#out, layout.temporary, temporaryName(path))
    const hash = createHash("sha256")
    const outer = this.#clock.enter("write")
    let sizeBytes = 0
    try {
      assertLocked(final)
      await mkdir(dirname(final), { recursive: true })
      await mkdir(dirname(temporary), { recursive: true })
      await withFile(temporary, "w", async (handle) => {
        for await (const part of parts) {
          hash.update(part)
          await handle.appendFile(part)
          sizeBytes += part.byteLength
        }
        await handle.sync()
      })
      await moveIntoPlace(temporary, final)
    } catch (cause) {
      throw cause instanceof EngineError ? cause : outputError(path, cause)
    } finally {
      this.#clock.enter(outer)
    }
    this.#files.push({ path, sha256: hash.digest("hex"), sizeBytes })
  }

  /** The written files, sorted by path. */
  get files(): readonly StagedFile[] {
    return [...this.#files].sort((a, b) => (a.path < b.path ? -1 : 1))
  }
}

/**
 * Text fields of every product: attribution, acquisition date, maille's version and options hash,
 * and the kernels that classified the points.
 */
export const provenance = (
  context: WorkContext,
  product: Parameters<typeof stampOptions>[1],
  title: string,
  time: readonly [number, number] | undefined,
): Record<string, string> => ({
  title,
  source: context.source,
  acquired: time === undefined ? "unknown" : acquisition(time),
  software: `maille ${context.version}`,
  options: stampOptions(context, product),
  ...classifiedFact(context),
})
