/** Measures the kernel on a million made points of a square kilometre. Run with `npm run bench`. */
import kernel from "./kernel.js"

const count = 1_000_000
const random = (() => {
  let state = 1
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
})()
const column = (low, span) => Float64Array.from({ length: count }, () => low + span * random())
const millimetres = (metres) => Int32Array.from({ length: count }, () => Math.floor(random() * metres * 1000))
const returns = {
  count,
  scale: 0.001,
  origin: [0, 0, 0],
  x: millimetres(1000),
  y: millimetres(1000),
  z: millimetres(25),
  extra: {
    Easting: column(0, 1000),
    Northing: column(0, 1000),
    Elevation: column(1800, 10),
    Zref: column(400, 25),
    WD: column(500, 100),
    LMA: column(120, 40),
  },
}
const box = [0, 0, 1000, 1000]
const tile = { key: "", cell: box, core: box, extent: box, origin: [0, 0, 0], step: 1, epsg: 2154 }
const options = Object.fromEntries(Object.entries(kernel.options).map(([name, { default: value }]) => [name, value]))
const times = Array.from({ length: 7 }, () => {
  const before = process.cpuUsage()
  kernel.run(tile, { returns }, options, {})
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}).sort((a, b) => a - b)
console.log(`${(count / times[3] / 1e6).toFixed(1)} million points a second of processor time`)
