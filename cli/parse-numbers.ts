/** Parses the numbers of flags, within bounds. */
import { InvalidArgumentError } from "commander"

const numbers =
  (what: string, isOne: (value: number) => boolean, form = /\S/) =>
  (least: number, most = Infinity) =>
  (text: string): number => {
    const value = form.test(text) ? Number(text) : Number.NaN
    if (isOne(value) && value >= least && value <= most) return value
    const end = most === Infinity ? "on" : `to ${most}`
    throw new InvalidArgumentError(`Expected a ${what} from ${least} ${end}.`)
  }

export const numberFrom = numbers("number", Number.isFinite)

export const wholeFrom = numbers("whole number", Number.isInteger, /^\d+$/)
