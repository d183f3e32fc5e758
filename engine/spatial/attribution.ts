/** Derives the source line of the products from the origin that point files state. */
import { counted } from "../core/texts.js"
import type { CatalogueSource } from "./catalogue.js"

export const lidarHdSource = "IGN, LiDAR HD, Licence Ouverte / Open Licence 2.0"
/** Attribution of scenes made by `maille demo` and the laboratory, which nobody surveyed. */
export const syntheticSource = "maille, synthetic scene"
/** Attribution without a stated source. It claims nothing. */
export const unstatedSource = "source not stated"
/** LiDAR HD together with files of unknown source: names IGN and claims no licence. */
export const mixedSource = "IGN, LiDAR HD; other sources not stated"

/** Attributions that are derived from point files. */
export const derivedSources: ReadonlySet<string> = new Set([
  lidarHdSource,
  syntheticSource,
  unstatedSource,
  mixedSource,
])

/**
 * Delivered names: `LHD_FXX_0636_6934_PTS_LAMB93_IGN69.copc.laz`; in the first years
 * `Semis_2021_0906_6665_LA93_IGN69.laz`. IGN's tools name parts `…_77050_627755_LA93_IGN69.laz`.
 */
const lidarHdName =
  /^(?:LHD|NUALHD)_[A-Z]{3}_\d{4,6}_\d{4,6}_|(?:^|[_-])semis_\d{4}_\d{4}_\d{4}_[a-z0-9]+_[a-z0-9]+|(?:^|[_-])\d{4,6}_\d{4,6}_(?:LA93|LAMB93)_IGN69(?![a-z0-9])/i
const lidarHdSystem = /\blidar[ _-]?hd\b/i

/**
 * The source of a point file by its system identifier, else by its name; undefined where neither
 * states one.
 */
const statedBy = ({ name, systemId = "" }: Pick<CatalogueSource, "name" | "systemId">): string | undefined => {
  if (systemId === "synthetic scene") return syntheticSource
  return lidarHdSystem.test(systemId) || lidarHdName.test(name) ? lidarHdSource : undefined
}

/**
 * True for a file of LiDAR HD by its system identifier or name, and for a scene made here, whose
 * classes are the same.
 */
export const statesLidarHd = (source: Pick<CatalogueSource, "name" | "systemId">): boolean =>
  statedBy(source) !== undefined

/** A source line, and a warning for the user. */
export interface Attribution {
  readonly line: string
  readonly warning?: string
}

/** Names shown in the warning. */
const EXAMPLES = 2

/** Gathers the stated sources of point files, one file at a time. */
export class StatedSources {
  #files = 0
  readonly #lines = new Set<string>()
  #silent = 0
  readonly #examples: string[] = []

  add(source: Pick<CatalogueSource, "name" | "systemId">): void {
    this.#files++
    const line = statedBy(source)
    if (line !== undefined) this.#lines.add(line)
    else if (this.#silent++ < EXAMPLES) this.#examples.push(source.name)
  }

  /** The line that all files state. If some state none or another one, a line without a licence. */
  attribution(): Attribution {
    const [only] = this.#lines
    if (this.#silent === 0 && this.#lines.size === 1 && only !== undefined) return { line: only }
    const line = this.#lines.has(lidarHdSource) ? mixedSource : unstatedSource
    if (this.#silent === 0) return { line }
    // The report shows the warning too, so it must not name a producer or a licence.
    const names = `${this.#examples.join(", ")}${this.#silent > EXAMPLES ? ", …" : ""}`
    const which = `${this.#silent} of ${counted(this.#files, "point file")} without a producer (${names})`
    return { line, warning: `source not stated: ${which}. To fix: --source "PRODUCER, YEAR, TERMS OF USE"` }
  }
}

/** The source line of a job whose user states none, from all its point files. */
export const attributionOf = (sources: readonly Pick<CatalogueSource, "name" | "systemId">[]): Attribution => {
  const statements = new StatedSources()
  for (const source of sources) statements.add(source)
  return statements.attribution()
}
