import type { Page } from './page'

/** A command of the documentation and what it answered: a fenced `console` block of one command. */
export type Console = {
  readonly page: string
  /** Without the prompt. */
  readonly command: string
  readonly output: string
}

const BLOCK = /^```console\n\$ (.*)\n([\s\S]*?)^```$/gm

export const consolesIn = ({ name, text }: Page): readonly Console[] =>
  [...text.matchAll(BLOCK)].map(([, command = '', output = '']) => ({
    page: name,
    command,
    output,
  }))

/** The page with what the commands answer now. Commands run one after the other. */
export const withOutputs = async (
  text: string,
  run: (command: string) => Promise<string>,
): Promise<string> => {
  const outputs = new Map<string, string>()
  for (const { command } of consolesIn({ name: '', text })) outputs.set(command, await run(command))
  return text.replaceAll(
    BLOCK,
    (_, command: string) => `\`\`\`console\n$ ${command}\n${outputs.get(command) ?? ''}\`\`\``,
  )
}

/** Commands in fenced `sh` blocks, a line each; continued lines are joined. */
export const shellLinesIn = ({ text }: Page): readonly string[] =>
  [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .map((line) => line.replace(/\s+# .*$/, '').trim())
      .filter((line) => line !== ''),
  )

/** What people type in Slack: code that begins with the slash command. */
export const slashesIn = ({ text }: Page): readonly string[] =>
  [...text.matchAll(/`\/etcd ([^`]+)`/g)].map(([, words = '']) => words)
