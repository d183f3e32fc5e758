/** The key to the colours. */
import { classColour } from "../../../engine/core/colours.js"
import type { FeaturesFill } from "../../../engine/core/kernel-styles.js"
import { make } from "./elements.js"
import { errorRange, rampColours } from "./scene/mesh-material.js"
import type { MeshMode } from "./state.js"
import { className, figure, namedClasses } from "./texts.js"

/**
 * Fills the key to the colours of a mode and of filled layers; empty where colours need none. An
 * equal key stays.
 */
export const showLegend = (
  box: HTMLElement,
  mode: MeshMode | "raster",
  heights: readonly [number, number],
  unit = "m",
  fills: readonly FeaturesFill[] = [],
): void => {
  const end = (value: number): string => `${figure(value, 1)} ${unit}`
  const heightEnds = heights.map(end)
  const ends: Partial<Record<typeof mode, readonly string[]>> = {
    height: heightEnds,
    raster: heightEnds,
    slope: ["0°", "90°"],
    ndvi: [figure(-0.2, 1), figure(0.8, 1)],
    error: [`${figure(errorRange[0], 2)} m`, `${figure(errorRange[1], 0)} m`],
  }
  const shown = [mode, ...(ends[mode] ?? []), ...fills.map(({ label }) => label)].join()
  if (box.dataset["shown"] === shown) return
  box.dataset["shown"] = shown
  const classes = mode === "class" ? namedClasses : []
  const entries = classes.flatMap((code) => [
    swatch(`rgb(${classColour(code).join(" ")})`),
    make("span", {}, `${code} ${className(code)}`),
  ])
  const filled = fills.flatMap(({ label, unit: own, ramp: colours, low, high }) =>
    ramp(
      [`${label}: ${figure(low, 0)}`, `${figure(high, 0)} ${own}`],
      colours.map((rgb) => `rgb(${rgb.join(" ")})`),
    ),
  )
  box.replaceChildren(...entries, ...ramp(ends[mode]), ...filled)
}

const ramp = (ends: readonly string[] | undefined, colours = rampColours): HTMLElement[] => {
  if (ends === undefined) return []
  const bar = swatch(`linear-gradient(90deg, ${colours.join(", ")})`)
  bar.className = "ramp"
  return [bar, make("span", { className: "ends" }, ...ends.map((text) => make("span", {}, text)))]
}

const swatch = (background: string): HTMLElement => {
  const element = make("i")
  element.style.background = background
  return element
}
