/**
 * Prints the area (m²) of the mesh by class, from the output folder of a run:
 *
 *     node 5-mesh-area.mjs out
 */
import { readMesh } from "maille/tiles3d"

const areas = {}
for await (const { positions: p, triangles, triangleClasses } of readMesh(process.argv[2])) {
  for (const [t, code] of triangleClasses.entries()) {
    const [a, b, c] = triangles.subarray(3 * t, 3 * t + 3).map((vertex) => 3 * vertex)
    const [ux, uy, uz] = [p[b] - p[a], p[b + 1] - p[a + 1], p[b + 2] - p[a + 2]]
    const [vx, vy, vz] = [p[c] - p[a], p[c + 1] - p[a + 1], p[c + 2] - p[a + 2]]
    const area = Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx) / 2
    areas[code] = (areas[code] ?? 0) + area
  }
}
console.log(JSON.stringify(areas))
