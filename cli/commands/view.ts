/** `maille view`: serves an output folder and the page that shows it. */
import type { Command } from "commander"
import { wholeFrom } from "../parse-numbers.js"
import { printJson, printLine, say } from "../print.js"

interface ViewFlags {
  readonly port: number
  readonly host: string
  readonly cors?: true
  readonly json?: true
}

export const addView = (program: Command): void => {
  program
    .command("view")
    .summary("look at an output folder in a browser")
    .description(
      "Serves an output folder, and a page that shows it, to browsers on this machine, until Ctrl-C. Nothing outside the folder can be had,\n" +
        "nothing can be changed, and the page needs no network. On a distant machine: ssh -L 8080:localhost:8080 HOST, then maille view there.",
    )
    .argument("<folder>", "output folder of a run")
    .option("--port <n>", "port to listen on; 0: any free one", wholeFrom(0, 65535), 8080)
    .option("--host <name>", "address to listen on; another than a loopback one lets other machines in", "127.0.0.1")
    .option("--cors", "let pages of other origins read the folder, such as CesiumJS on a server of yours")
    .option("--json", "print one JSON document when it listens: { url, tileset, host, port, folder }")
    .action((folder: string, flags: ViewFlags) => view(folder, flags))
}

const view = async (folder: string, { port, host, cors, json }: ViewFlags): Promise<void> => {
  const { isLoopback, startViewServer } = await import("../view/server.js")
  const server = await startViewServer({ folder, host, port, cors: cors === true })
  if (!isLoopback(host)) {
    say(
      `everyone who can reach port ${server.port} of ${host} can read all of ${folder}, without a password or encryption. To serve this machine only, leave out --host.`,
      "warning",
    )
  }
  // Handle signals before printing the address: its reader may send Ctrl-C at once.
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const
  const stopped = new Promise<void>((resolve) => {
    for (const signal of signals) process.once(signal, resolve)
  })
  const { url, tileset } = server
  if (json) printJson({ url, ...(tileset && { tileset }), host: server.host, port: server.port, folder })
  else {
    printLine(url)
    say("Open this address in a browser. Ctrl-C ends the server.")
    if (tileset !== undefined)
      say(`Tileset for other viewers: ${tileset}${cors ? "" : " (a page from another origin needs --cors)"}`)
  }
  await stopped
  await server.close()
}
