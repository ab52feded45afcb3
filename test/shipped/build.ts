import { Copy, DockerfileParser, From, JSONInstruction, type Instruction } from 'dockerfile-ast'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { BARE } from './bare'

/**
 * Carries a Dockerfile out without Docker: each stage is a folder, COPY copies, RUN runs in it with a bare environment. The
 * bases are not there: this machine's Node and npm stand in for them. Knows what our Dockerfile uses and throws on the rest.
 */

export type Image = {
  /** The last stage's file system. */
  readonly root: string
  readonly workdir: string
  readonly user: string | undefined
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly bases: readonly string[]
}

type Stage = {
  readonly root: string
  workdir: string
  user: string | undefined
  entrypoint: readonly string[]
  cmd: readonly string[]
  readonly env: Record<string, string>
}

export const build = (text: string, context: string, folder: string): Image => {
  const stages = new Map<string, Stage>()
  const bases: string[] = []
  let stage: Stage | undefined
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction instanceof From) {
      const name = instruction.getBuildStage() ?? 'last'
      bases.push(instruction.getImage() ?? '')
      stage = stageIn(join(folder, name))
      stages.set(name, stage)
    } else if (stage !== undefined) carryOut(instruction, stage, { context, stages })
  }
  if (stage === undefined) throw new Error('the Dockerfile has no stage')
  return { ...stage, bases }
}

const stageIn = (root: string): Stage => {
  rmSync(root, { recursive: true, force: true })
  mkdirSync(root, { recursive: true })
  return { root, workdir: '/', user: undefined, entrypoint: [], cmd: [], env: {} }
}

type Scene = { readonly context: string; readonly stages: ReadonlyMap<string, Stage> }

const carryOut = (instruction: Instruction, stage: Stage, scene: Scene): void => {
  const said = instruction.getRawArgumentsContent() ?? ''
  switch (instruction.getKeyword()) {
    case 'WORKDIR':
      stage.workdir = said
      mkdirSync(join(stage.root, said), { recursive: true })
      return
    case 'COPY':
      return copy(instruction, stage, scene)
    case 'RUN':
      execFileSync('sh', ['-c', said], {
        cwd: join(stage.root, stage.workdir),
        env: { ...BARE, ...stage.env },
        stdio: 'pipe',
      })
      return
    case 'ENV':
      for (const [, name = '', value = ''] of said.matchAll(/(\w+)=(\S+)/g)) stage.env[name] = value
      return
    case 'USER':
      stage.user = said
      return
    case 'ENTRYPOINT':
      stage.entrypoint = listOf(instruction)
      return
    case 'CMD':
      stage.cmd = listOf(instruction)
      return
    case 'ARG':
    case 'LABEL':
    case 'EXPOSE':
    case 'STOPSIGNAL':
    case 'HEALTHCHECK':
      return
    default:
      throw new Error(`the test does not know ${instruction.getKeyword()}`)
  }
}

/** A folder's content is copied, as Docker does. */
const copy = (instruction: Instruction, stage: Stage, { context, stages }: Scene): void => {
  const from =
    instruction instanceof Copy ? (instruction.getFromFlag()?.getValue() ?? undefined) : undefined
  const words = instruction.getArguments().map((argument) => argument.getValue())
  const paths = words.filter((word) => !word.startsWith('--'))
  const to = paths.at(-1) ?? ''
  const source = from === undefined ? context : stages.get(from)?.root
  if (source === undefined) throw new Error(`COPY --from=${String(from)}: there is no such stage`)
  for (const path of paths.slice(0, -1)) {
    const target = join(stage.root, stage.workdir, to, to.endsWith('/') ? basename(path) : '')
    cpSync(join(source, path), target, { recursive: true, verbatimSymlinks: true })
  }
}

const listOf = (instruction: Instruction): readonly string[] => {
  if (!(instruction instanceof JSONInstruction) || instruction.getOpeningBracket() === null)
    throw new Error(`${instruction.getKeyword()}: want a JSON list, no shell`)
  return instruction.getJSONStrings().map((text) => text.getJSONValue())
}
