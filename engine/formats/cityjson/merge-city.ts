/** Merges the sequences of tiles into one for the job, by copying lines. */
import { elementAt } from "../../core/lists.js"
import { damaged, EngineError } from "../../errors.js"
import { locateStored } from "../../io/archive/stored-file.js"
import { OpenFiles } from "../../io/open-files.js"
import { type CityExtent, type CityFacts, cityHeader } from "./city-header.js"
import { type CityFeature, cityScale } from "./city-types.js"
import { lineStarts, readCityHeader, readCitySequence } from "./read-city.js"

interface Place {
  readonly id: string
  readonly file: number
  readonly offset: number
  readonly size: number
}

/**
 * Merges the sequences that {@link encodeCitySequence} wrote for tiles, ordered by id. Gives the
 * bytes that it would make of all their solids. Lines are copied. If a file's translation is not
 * that of the whole (the job crosses the 100 km grid), its vertices are moved.
 *
 * Memory: about 150 bytes a feature. Each file is streamed once for its ids, then read by ranges.
 *
 * @param paths the tiles' files, in any order
 * @throws EngineError of the readers; E_INTERNAL if an id is in two files
 */
export const mergeCitySequences = async (
  paths: readonly string[],
  facts: CityFacts,
): Promise<AsyncIterable<Uint8Array>> => {
  const places: Place[] = []
  let extent: CityExtent | undefined
  const moves: [x: number, y: number, z: number][] = []
  for (const [file, path] of paths.entries()) {
    const { metadata, transform } = await readCityHeader(path)
    moves.push([...transform.translate] as [number, number, number])
    const own = metadata?.geographicalExtent as CityExtent | undefined
    if (own === undefined) continue
    extent = extent === undefined ? own : union(extent, own)
    const starts = await lineStarts(path)
    for await (const { feature, line } of readCitySequence(path))
      places.push({ id: feature.id, file, offset: starts[line - 1]!, size: starts[line]! - starts[line - 1]! })
  }
  places.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  for (const [i, { id, file }] of places.entries()) {
    const other = places[i + 1]
    if (other?.id !== id) continue
    const path = paths[file]!
    if (other.file === file) throw damaged(path, `the solid ${id} occurs twice`, "Run the job again.")
    throw new EngineError("E_INTERNAL", `the solid ${id} is in ${path} and in ${paths[other.file]}`)
  }
  const header = cityHeader(extent, facts)
  for (const [file, move] of moves.entries())
    moves[file] = move.map((value, k) => Math.round((value - header.transform.translate[k]!) / cityScale)) as [
      number,
      number,
      number,
    ]
  return mergeLines(`${JSON.stringify(header)}\n`, places, paths, moves)
}

const union = (a: CityExtent, b: CityExtent): CityExtent =>
  a.map((value, k) => (k < 3 ? Math.min(value, b[k]!) : Math.max(value, b[k]!))) as unknown as CityExtent

async function* mergeLines(
  header: string,
  places: readonly Place[],
  paths: readonly string[],
  moves: readonly (readonly [number, number, number])[],
): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(header)
  const stored = await Promise.all(paths.map(locateStored))
  const files = new OpenFiles()
  try {
    for (const { file, offset, size } of places) {
      const { file: path, begin } = elementAt(stored, file)
      const bytes = await files.read(path, begin + offset, size)
      const move = moves[file]!
      yield move.every((value) => value === 0) ? bytes : moved(bytes, move)
    }
  } finally {
    await files.close()
  }
}

const moved = (bytes: Uint8Array, move: readonly [number, number, number]): Uint8Array => {
  const feature = JSON.parse(new TextDecoder().decode(bytes)) as CityFeature
  const vertices = feature.vertices.map((vertex) => vertex.map((value, k) => value + move[k]!))
  return new TextEncoder().encode(`${JSON.stringify({ ...feature, vertices })}\n`)
}
