import type { Camera, Shot } from "../engine/core/camera.js"
import { rotationOfAngles } from "../engine/formats/orientation/rotation.js"

/** The large frame of a national flight: 0.1 m a pixel from 1,770 m. */
export const FRAME: Camera = {
  name: "frame",
  width: 26_460,
  height: 17_004,
  focal: 30_975,
  principal: [13_210, 8502],
}

/** Degrees that differ from shot to shot as a flight's do. */
export const anglesOf = (i: number): readonly [omega: number, phi: number, kappa: number] => [
  ((i * 7) % 11) / 10 - 0.5,
  ((i * 5) % 13) / 10 - 0.6,
  Math.floor(i / 50) % 2 === 0 ? 0.3 : -179.8,
]

/** `count` shots of a flight in strips of 50: 250 m along, 600 m across, so that about as many see each place however many there are. */
export const flight = (count: number): Shot[] =>
  Array.from({ length: count }, (_, i) => {
    const [omega, phi, kappa] = anglesOf(i).map((angle) => (angle * Math.PI) / 180) as [number, number, number]
    return {
      name: `SHOT_${String(i).padStart(5, "0")}`,
      camera: FRAME,
      centre: [700_000 + Math.floor(i / 50) * 600, 6_500_000 + (i % 50) * 250, 1770],
      rotation: rotationOfAngles(omega, phi, kappa),
      file: "made",
      line: i + 1,
    }
  })
