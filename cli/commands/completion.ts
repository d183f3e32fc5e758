/** `maille completion`: prints the script that completes maille in a shell. */
import { Argument, type Command } from "commander"
import { addExamples } from "../help/declare.js"
import type { RenderAll } from "../help/made-help.js"
import type { Shell } from "../help/shell-completion.js"
import { readLanguage } from "../language.js"

const shells: readonly Shell[] = ["bash", "zsh", "fish"]

export const addCompletion = (program: Command, render: RenderAll): void => {
  addExamples(
    program.command("completion"),
    "source <(maille completion bash)   # in ~/.bashrc",
    "source <(maille completion zsh)    # in ~/.zshrc, after compinit",
    "maille completion fish > ~/.config/fish/completions/maille.fish",
  )
    .summary("print a script that completes maille in a shell")
    .description("It completes commands, options, products, layers and kernels, and file names elsewhere.")
    .addArgument(new Argument("<shell>", "bash, zsh or fish").choices(shells))
    .action(async (shell: Shell) => {
      const [{ completionScript }, { readHelp }] = await Promise.all([
        import("../help/shell-completion.js"),
        import("../help/made-help.js"),
      ])
      const { shell: words } = await readHelp(readLanguage([], process.env), render)
      process.stdout.write(completionScript(shell, words))
    })
}
