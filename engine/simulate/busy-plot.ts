/** A curve of the plot: busy cores by minute. */
export interface BusyCurve {
  readonly name: string
  readonly busyCores: readonly number[]
}

const [width, height] = [960, 360]
const [left, right, top, bottom] = [70, 20, 40, 44]
const colours = ["#2f5f9e", "#c2552d", "#2e9e5b", "#8e5aa8"] as const
/** Steps of time that a curve is drawn by, at most. */
const mostSteps = 800

/** Busy cores over the time of simulated runs, as a picture in SVG; the line above is all cores. */
export const busyPlot = (curves: readonly BusyCurve[], allCores: number, title: string): string => {
  const minutes = Math.max(1, ...curves.map(({ busyCores }) => busyCores.length))
  const [spanX, spanY] = [width - left - right, height - top - bottom]
  const x = (minute: number): string => (left + (spanX * minute) / minutes).toFixed(1)
  const y = (cores: number): string => (top + spanY * (1 - cores / allCores)).toFixed(1)
  const step = Math.max(1, Math.ceil(minutes / mostSteps))
  const line = ({ busyCores }: BusyCurve, colour: string): string => {
    const points: string[] = []
    for (let from = 0; from < busyCores.length; from += step) {
      const part = busyCores.slice(from, from + step)
      points.push(`${x(from)},${y(part.reduce((sum, cores) => sum + cores, 0) / part.length)}`)
    }
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="1.5"/>`
  }
  const hours = minutes / 60
  const hourStep = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500].find((one) => hours / one <= 12) ?? 1000
  const ticks = Array.from({ length: Math.floor(hours / hourStep) + 1 }, (_, i) => i * hourStep)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${left}" y="18" font-size="15">${escaped(title)}</text>`,
    ...curves.map(({ name }, i) => `<text x="${left + i * 210}" y="34" fill="${colourOf(i)}">${escaped(name)}</text>`),
    `<line x1="${left}" x2="${width - right}" y1="${y(allCores)}" y2="${y(allCores)}" stroke="#999" stroke-dasharray="4 3"/>`,
    `<path d="M${left} ${top}V${height - bottom}H${width - right}" fill="none" stroke="#333"/>`,
    `<text x="${left - 8}" y="${top + 5}" text-anchor="end">${allCores}</text>`,
    `<text x="${left - 8}" y="${height - bottom + 4}" text-anchor="end">0</text>`,
    ...ticks.map((hour) => `<text x="${x(hour * 60)}" y="${height - bottom + 18}" text-anchor="middle">${hour}</text>`),
    `<text x="${width - right}" y="${height - 8}" text-anchor="end">hours · cores at work</text>`,
    ...curves.map((curve, i) => line(curve, colourOf(i))),
    "</svg>\n",
  ].join("\n")
}

const colourOf = (i: number): string => colours[i % colours.length]!

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
