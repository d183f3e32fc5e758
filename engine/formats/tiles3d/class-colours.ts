/** sRGB colours of the LiDAR HD classes: what a tile without imagery is painted with. */
const SRGB: ReadonlyMap<number, readonly [number, number, number]> = new Map([
  [1, [176, 172, 164]], // unclassified
  [2, [190, 168, 132]], // ground
  [3, [158, 182, 106]], // low vegetation
  [4, [114, 156, 82]], // medium vegetation
  [5, [68, 118, 62]], // high vegetation
  [6, [190, 102, 82]], // building
  [9, [86, 138, 186]], // water
  [17, [140, 142, 148]], // bridge deck
  [64, [166, 150, 168]], // lasting above-ground
  [65, [120, 110, 110]], // artefact
  [66, [98, 148, 192]], // virtual points: under water surfaces
  [67, [160, 128, 112]], // miscellaneous built
])
const OTHER = [170, 170, 170] as const

/** IEC 61966-2-1: glTF vertex colours are linear. */
const linear = (value: number): number => {
  const s = value / 255
  return Math.round(255 * (s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4))
}

/** Linear RGBA of the 256 classes, 4 bytes each. */
export const classColours: Uint8Array = (() => {
  const table = new Uint8Array(1024)
  for (let code = 0; code < 256; code++) {
    const [r, g, b] = SRGB.get(code) ?? OTHER
    table.set([linear(r), linear(g), linear(b), 255], code * 4)
  }
  return table
})()
