import { once } from "node:events"
import { createWriteStream } from "node:fs"
import { readFile } from "node:fs/promises"
import { sharedData } from "../../shared-data.js"

const index = `${sharedData}/vector/lidar_hd_tools/LiDAR-HD_metadata/IGNF_NUAGES-DE-POINTS-LIDAR-HD_dalle.geojson`

/**
 * Writes the delivered names of 5,000 tiles, moved over a square of `side` km: of 742 km it is an
 * index as long as the country's.
 */
export const writeNationalIndex = async (path: string, side: number): Promise<void> => {
  const { features } = JSON.parse(await readFile(index, "utf8")) as {
    features: { properties: Record<string, string> }[]
  }
  const stream = createWriteStream(path)
  stream.write('{"type":"FeatureCollection","features":[')
  for (let row = 0; row < side; row++) {
    const texts: string[] = []
    for (let column = 0; column < side; column++) {
      const place = `_0${200 + column}_`.replace(/_0(\d{4})_/, "_$1_") + String(6100 + row)
      const { url, timestamp } = features[(row * side + column) % features.length]!.properties
      const properties = { url: url!.replace(/_\d{4}_\d{4}(?=_)/, place), timestamp, format: "copc" }
      texts.push(JSON.stringify({ type: "Feature", geometry: null, properties }))
    }
    if (!stream.write(`${row > 0 ? "," : ""}${texts.join(",")}`)) await once(stream, "drain")
  }
  await new Promise((resolve) => stream.end("]}", () => resolve(undefined)))
}
