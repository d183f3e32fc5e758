/** Rewrites the argument parser's errors in the words of maille's own errors. */

import { existsSync } from "node:fs"

/** Options of other programs, and the form that maille has for them. */
const others: readonly (readonly [options: string, remedy: string])[] = [
  ["-i --input --in --input-file --lidar --las --laz", "Inputs need no option: maille run lidar/ --out out/."],
  ["--output --output-dir --outdir --dest --destination -d", 'Did you mean "--out"?'],
  ["--epsg --srs --a_srs --a-srs --in-srs --t_srs -t_srs -a_srs", 'Did you mean "--crs"?'],
  ["--threads --jobs --cores --cpus --processes -j", 'Did you mean "--workers"?'],
  ["--bounds --extent --te -te --box -projwin", 'Did you mean "--bbox"?'],
  ["--res --resolution --pixel-size --gsd -tr", 'Did you mean "--cell"?'],
  ["--ram --mem --max-memory -m", 'Did you mean "--memory"?'],
  ["--overwrite --clobber -y", 'Did you mean "--replace"?'],
  ["--images --ortho --orthophoto --rgb", 'Did you mean "--imagery"?'],
  ["--polygon --mask --cutline --clip", 'Did you mean "--aoi"?'],
  ["--debug -v", 'Did you mean "--verbose"?'],
  ["--silent -q", 'Did you mean "--quiet"?'],
]
const ownForms: ReadonlyMap<string, string> = new Map(
  others.flatMap(([options, remedy]) =>
    options.split(" ").map((option) => [option, `unknown option "${option}". ${remedy}`] as const),
  ),
)
const HELP = /^(?:h|hel|hlp|hepl|hlep|ehlp|helpp|hellp|help.|aide|-help|\?)$/i
/** Schedulers that `maille submit` does not know. */
const SCHEDULER = /^(?:pbs|qsub|torque|sge|lsf|bsub|oar|oarsub|htcondor|condor|flux)$/i
/** Other names of what `maille submit` knows. */
const schedulers: ReadonlyMap<string, string> = new Map([
  ["sbatch", "slurm"],
  ["k8s", "kubernetes"],
  ["aws", "aws-batch"],
])
const VERSION = /^v(?:er|ersion|ersions|erison)$/i

/** A word that is no command; undefined where the parser's suggestion stays. */
const unknownCommand = (name: string): string | undefined => {
  const known = schedulers.get(name)
  if (known !== undefined) return `unknown command "${name}". Did you mean "maille submit ${known}"?`
  if (SCHEDULER.test(name)) {
    const remedy = "Start a job for each shard yourself: maille run --job OUT/plan/job.json --shard i."
    return `unknown command "${name}". maille submit knows slurm, kubernetes, aws-batch and gpao. ${remedy}`
  }
  if (HELP.test(name)) return `unknown command "${name}". Did you mean "help"?`
  if (VERSION.test(name)) return `unknown command "${name}". Did you mean "--version"?`
  if (!existsSync(name) && !/[/\\*]|\.la[sz]$/i.test(name)) return undefined
  return `unknown command "${name}". To build products from points: maille run ${name} --out out/.`
}

/** A misspelt `--version`, which the parser's own suggestions leave out. */
const versionOf = (option: string): string | undefined =>
  /^--vers?[a-z]*$/i.test(option) ? `unknown option "${option}". Did you mean "--version"?` : undefined

/** Forms of the parser's messages, and what they become. */
const forms: readonly (readonly [form: RegExp, rewrite: (...parts: readonly string[]) => string | undefined])[] = [
  [
    /^option '(.*?)' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s,
    (option, value, choices) => `${nameOf(option)}: "${value}" is not valid; expected one of ${choices}.`,
  ],
  [
    /^option '(.*?)' argument '(.*)' is invalid\. Expected (.*)$/s,
    (option, value, expected) => `${nameOf(option)}: "${value}" is not valid; expected ${expected}`,
  ],
  [/^required option '(.*?)' not specified$/, (option) => `${nameOf(option)} is missing. Give ${longOf(option)}.`],
  [/^option '(.*?)' argument missing$/, (option) => `${nameOf(option)} needs a value. Give ${longOf(option)}.`],
  [/^missing required argument '(.*?)'$/, (name) => `<${name}> is missing.`],
  [
    /^too many arguments.*?Expected (\d+) arguments? but got (\d+)\.$/,
    (most, count) => `too many arguments: ${count} given; expected ${most}.`,
  ],
  [/^unknown command '(.*?)'/s, (name = "") => unknownCommand(name)],
  [/^unknown option '(.*?)'/s, (option = "") => ownForms.get(option.split("=")[0] ?? "") ?? versionOf(option)],
  [
    /^unknown (option|command) '(.*?)'\s*(?:\((.*)\))?$/s,
    (kind, name, hint = "") =>
      `unknown ${kind} "${name}". ${hint.replace(/^Did you mean (\S+)\?$/, 'Did you mean "$1"?')}`,
  ],
]

/** `-o, --out <file>` → `--out <file>` */
const longOf = (flags = ""): string => flags.slice(Math.max(0, flags.indexOf("--")))
/** `-o, --out <file>` → `--out` */
const nameOf = (flags?: string): string => longOf(flags).split(" ")[0] ?? ""

/** The parser's error in plain words; other texts as they are. */
export const plainUsage = (message: string): string => {
  const text = message.replace(/^error: /, "").trim()
  for (const [form, rewrite] of forms) {
    const [, ...parts] = form.exec(text) ?? []
    const plain = parts.length > 0 ? rewrite(...parts) : undefined
    if (plain !== undefined) return plain.trim()
  }
  return text
}
