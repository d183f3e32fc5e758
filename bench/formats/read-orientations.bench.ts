import { projectPoints } from "../../engine/core/projection.js"
import { readOrientations } from "../../engine/formats/orientation/read-orientations.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { anglesOf, FRAME, flight } from "../seeded-shots.js"
import { temporaryFile } from "../temporary-file.js"

const SHOTS = 5000

/** The shots of a large flight from OPK text: as many as some departments have. */
const benchmark: Benchmark = {
  name: "read-orientations",
  unit: "shots/s",
  setup: async () => {
    const rows = flight(SHOTS).map(
      ({ name, centre }, i) => `${name}\t${centre.join(" ")}\t${anglesOf(i).join(" ")}\t${FRAME.name}`,
    )
    const text = `NOM\tX\tY\tZ\tO\tP\tK\tCAMERA\r\n${rows.join("\r\n")}`
    const file = await temporaryFile("flight_alt.OPK", new TextEncoder().encode(text))
    let read: Awaited<ReturnType<typeof readOrientations>> | undefined
    return {
      run: async () => {
        read = await readOrientations([file.path], { cameras: [FRAME] })
        return read.shots.length
      },
      // The file's own path is another one in each process: the shots are told by what they show.
      checksum: () =>
        checksumOf(
          read?.shots.map((shot) => [shot.name, projectPoints(shot, Float64Array.of(700_100, 6_500_100, 50))]),
        ),
      close: file.remove,
    }
  },
}
export default benchmark
