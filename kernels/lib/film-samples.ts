import type { Chart, View } from "../../engine/kernel.js"
import { sampleChart } from "./chart-samples.js"
import type { ColourPlaces } from "./colour-solve.js"
import type { DepthBuffer } from "./view-depth.js"

/**
 * What views show of patches of a square metre or so: for each patch the mean raw value of every view that sees all of it. Patches that fewer
 * than two views see tie nothing and are left out. The films of `views` are not looked at.
 *
 * @param origin of the frame of the patches, CRS metres
 * @param depths of the views, with everything that can hide a patch
 * @returns `images`: numbers of views. O(patches · views · texels)
 */
export const sampleFilms = (
  patches: readonly Chart[],
  origin: readonly [number, number, number],
  views: readonly View[],
  depths: readonly DepthBuffer[],
): ColourPlaces => {
  const raw = views.map((view): View => ({ ...view, gain: [1, 1, 1], bias: [0, 0, 0] }))
  const ends: number[] = []
  const images: number[] = []
  const values: number[] = []
  for (const patch of patches) {
    const texels = patch.width * patch.height
    const found = raw.flatMap((view, i) => sampleChart(patch, origin, view, i, depths[i]) ?? [])
    const whole = found.filter(({ seenCount }) => seenCount === texels)
    if (whole.length < 2) continue
    for (const { view, colour } of whole) {
      images.push(view)
      for (let band = 0; band < 3; band++) {
        let sum = 0
        for (let i = band; i < colour.length; i += 3) sum += colour[i]
        values.push(sum / texels)
      }
    }
    ends.push(images.length)
  }
  return { ends, images, values }
}
