/** Options of the laboratory's commands: a command by its name, and numbers within bounds. */
import { Command, InvalidArgumentError } from "commander"

/** A command of the laboratory, which throws instead of ending the process. */
export const labCommand = (name: string, description: string): Command =>
  new Command(`npm run lab -- ${name}`).description(description).exitOverride()

/** Reads a number between two bounds, on multiples of `step` where it is not 0. */
export const within =
  (least: number, most: number, step = 0) =>
  (text: string): number => {
    const value = text.trim() === "" ? Number.NaN : Number(text)
    const onStep = step === 0 || Math.abs(value / step - Math.round(value / step)) < 1e-9
    if (value >= least && value <= most && onStep) return value
    const steps = step === 0 ? "" : step === 1 ? " whole" : ` multiple of ${step},`
    throw new InvalidArgumentError(`Expected a${steps} number from ${least} to ${most}.`)
  }

/** Reads words between commas. */
export const wordsOf = (text: string): string[] => text.split(",").flatMap((word) => word.trim() || [])

/** Prints one JSON document on standard output. */
export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)
