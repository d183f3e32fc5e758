/** Collects the facts about the place that a user asks about. */
import { createTransforms } from "../../../engine/grid/crs-transforms.js"
import type { OutputDescription } from "../describe-output.js"
import { type Facts, textOf } from "./facts.js"
import { attributeName, productName } from "./names.js"
import type { GlobeScene } from "./scene/globe-scene.js"
import { findObject, type MeshObject } from "./scene/mesh-object.js"
import type { Hit } from "./scene/scene.js"
import { featuresAt } from "./scene/vector-layer.js"
import { className, figure, say } from "./texts.js"

/**
 * The facts about a place: its coordinates, the mesh there, and the features of every vector layer.
 */
export const ask = async (
  description: OutputDescription,
  globe: GlobeScene,
  hit: Hit,
  reach: number,
): Promise<Facts[]> => {
  const [x, y, z] = hit.at
  const [lon, lat] = createTransforms(description.crs.proj).toGeographic(x, y)
  const tile = globe.tileOf(hit)
  const code = readClass(hit)
  const rows: [string, string][] = [
    [`EPSG:${description.crs.epsg}`, `${figure(x, 2)} ${figure(y, 2)}`],
    [say("geographic"), `${figure(lon, 6)}°, ${figure(lat, 6)}°`],
    [say("heightAt"), `${figure(z, 2)} m`],
    ...(code === undefined ? [] : [[say("classAt"), `${code} ${className(code)}`] as [string, string]]),
    ...(tile === undefined
      ? []
      : ([
          [say("tileAt"), tile.key],
          [say("error"), `${figure(tile.geometricError, 2)} m`],
        ] as [string, string][])),
  ]
  const object = findObject(hit)
  const features = await featuresAt(description, x, y, reach)
  return [
    { title: say("place"), rows },
    ...(object === undefined || object.id === "" ? [] : [listFacts(object)]),
    ...features.map(({ layer, properties }) => ({
      title: productName(layer),
      rows: Object.entries(properties).map(([name, value]): [string, string] => [attributeName(name), textOf(value)]),
    })),
  ]
}

const listFacts = ({ id, code, attributes }: MeshObject): Facts => ({
  title: say("object"),
  rows: [
    [say("identifier"), id],
    [say("classAt"), `${code} ${className(code)}`],
    ...attributes.map(([name, value]): [string, string] => [attributeName(name), textOf(value)]),
  ],
})

/** The class that the shader shows: that of the triangle's last vertex. */
const readClass = ({ object, corners }: Hit): number | undefined => {
  const geometry = "geometry" in object ? (object.geometry as { getAttribute(name: string): unknown }) : undefined
  const codes = geometry?.getAttribute("_classification") as { getX(index: number): number } | undefined
  const last = corners[2]
  return codes === undefined || last === undefined ? undefined : codes.getX(last)
}
