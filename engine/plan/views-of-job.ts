import { Box2 } from "../core/geometry/box.js"
import type { Job } from "../job/job.js"
import type { LoadedKernel } from "../job/kernels/load-kernels.js"
import { readsViews } from "../job/kernels/without-views.js"
import type { Catalogue } from "../spatial/catalogue.js"
import type { FoundOrientedImages } from "../spatial/oriented-images.js"
import type { Chains } from "./chains/chain.js"

/** Lowest and highest altitude of sources. */
export const zRangeOf = (sources: Catalogue["sources"]): [number, number] => [
  sources.reduce((low, { zRange }) => Math.min(low, zRange[0]), Infinity),
  sources.reduce((high, { zRange }) => Math.max(high, zRange[1]), -Infinity),
]

/** The oriented images of a job that can see its sources; undefined where none are given, or no kernel reads them. */
export const orientedOf = async (
  { orientedImages, orientation }: Job,
  chains: Chains,
  kernels: readonly LoadedKernel[],
  epsg: number,
  { sources, box }: Catalogue,
  { box: whole, zRange }: { readonly box?: Box2; readonly zRange?: readonly [number, number] },
): Promise<FoundOrientedImages | undefined> => {
  const ids = new Set([...chains.tile, ...chains.model].map(({ id }) => id))
  const isRead = kernels.some((loaded) => ids.has(loaded.kernel.id) && readsViews(loaded))
  if (orientedImages === undefined || !isRead) return undefined
  const [low, high] = zRange ?? zRangeOf(sources)
  // A part of a job chooses among the images that the whole does, in every square that its tiles reach.
  const { SIDE } = await import("../spatial/view-windows.js")
  const place = whole === undefined ? { box } : { box: Box2.grow(box, 2 * SIDE), whole }
  const { openOrientedImages } = await import("../spatial/oriented-images.js")
  return openOrientedImages(orientedImages, orientation ?? [], { epsg, ...place, low, high })
}
