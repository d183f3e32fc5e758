/** Helpers for the options of the laboratory's commands. */
import { Command, InvalidArgumentError } from "commander"

/** A command of the laboratory; it throws instead of ending the process. */
export const labCommand = (name: string, description: string): Command =>
  new Command(`npm run lab -- ${name}`).description(description).exitOverride()

/** Parses a number between two bounds; if `step` is not 0, it must be a multiple of it. */
export const within =
  (least: number, most: number, step = 0) =>
  (text: string): number => {
    const value = text.trim() === "" ? Number.NaN : Number(text)
    const onStep = step === 0 || Math.abs(value / step - Math.round(value / step)) < 1e-9
    if (value >= least && value <= most && onStep) return value
    const steps = step === 0 ? "" : step === 1 ? " whole" : ` multiple of ${step},`
    throw new InvalidArgumentError(`Expected a${steps} number from ${least} to ${most}.`)
  }

/** Parses words separated by commas. */
export const wordsOf = (text: string): string[] => text.split(",").flatMap((word) => word.trim() || [])

/** Prints a JSON document on standard output. */
export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)
