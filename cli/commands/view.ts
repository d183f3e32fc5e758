/** `maille view`: serves an output folder and the page that shows it. */
import type { Command } from "commander"
import { addExamples } from "../help/declare.js"
import { wholeFrom } from "../parse-numbers.js"
import { printJson, printLine, say } from "../print.js"

interface ViewFlags {
  readonly port: number
  readonly host: string
  readonly cors?: true
  readonly json?: true
}

export const addView = (program: Command): void => {
  addExamples(program.command("view"), "maille view out/")
    .summary("look at products in a browser")
    .description(
      "Serves the output folder, read-only, and a page that shows it, until Ctrl-C. The page needs no network.\n" +
        "On a remote machine: ssh -L 8080:localhost:8080 HOST, and run maille view there.",
    )
    .argument("<folder>", "output folder of maille run")
    .option("--port <n>", "port to listen on; 0: any free port", wholeFrom(0, 65535), 8080)
    .option("--host <name>", "address to listen on; 0.0.0.0 lets other machines in", "127.0.0.1")
    .option("--cors", "let web pages of other servers read the folder, such as CesiumJS")
    .option("--json", "print one JSON document when it listens\n{ url, tileset, host, port, folder }")
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
