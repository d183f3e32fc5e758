/** Places that options list, such as observers, outlets of basins and sources of water. */
import { Box2 } from "../../../engine/core/geometry/box.js"
import { optionError, usageError } from "../../../engine/core/parse-values.js"

/** A place of a list, metres of the CRS. */
export interface ListedPlace {
  /** As the list states it. */
  readonly text: string
  readonly x: number
  readonly y: number
  /** The third number, where the place has one. */
  readonly third?: number
}

/**
 * Reads the places of an option, such as "843400,6520800 843900,6520100": x,y with spaces or ";"
 * between places.
 *
 * @param third what a third number means; absent: there is none
 * @throws EngineError E_USAGE for another form
 */
export const parsePlaces = (option: string, list: string, third?: string): ListedPlace[] =>
  list
    .split(/[\s;]+/)
    .filter((text) => text !== "")
    .map((text) => {
      const [x = Number.NaN, y = Number.NaN, ...rest] = text.split(",").map((part) => Number(part || "?"))
      const more = third === undefined ? [] : rest.slice(0, 1)
      if (!Number.isFinite(x + y + (more[0] ?? 0)) || rest.length > more.length) {
        const expected = `places x,y${third === undefined ? "" : ` or x,y,${third}`}, in metres of the CRS`
        throw usageError(option, `"${text}"`, expected, "Put spaces between places: 843400,6520800 843900,6520100.")
      }
      return { text, x, y, ...(more[0] === undefined ? {} : { third: more[0] }) }
    })

/**
 * @param reach how far outside a place may be, metres
 * @throws EngineError E_USAGE for a place outside the box of the points, where that is known
 */
export const requireInside = (
  option: string,
  places: readonly Pick<ListedPlace, "x" | "y">[],
  box: Box2 | undefined,
  reach = 0,
): void => {
  const around = box && Box2.grow(box, reach)
  const outside = places.find(({ x, y }) => around !== undefined && !Box2.meets(around, [x, y, x, y]))
  if (box === undefined || outside === undefined) return
  const within = box.map((side) => Math.round(side)).join(",")
  throw optionError(
    option,
    `${outside.x},${outside.y} is outside the points of the job: ${within}. Give a place on them${reach > 0 ? ` or up to ${reach} m away` : ""}.`,
  )
}
