// Does what a Dockerfile says in folders of a test's own, where no container engine runs: the same copies, the same commands.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, realpathSync, statSync, symlinkSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { ROOT } from './doorward.ts'

export interface Instruction {
  readonly name: string
  readonly text: string
}

/** What an image is started with. */
export interface Image {
  readonly root: string
  readonly base: string
  readonly env: Readonly<Record<string, string>>
  readonly user: string | undefined
  readonly folder: string
  readonly volumes: readonly string[]
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly health: readonly string[]
}

/** One instruction a line, continued lines joined, comments left out. */
export function instructions(text: string): Instruction[] {
  return text
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? []
      if (name === '') throw new Error(`This is no instruction: ${line}`)
      return { name, text: rest }
    })
}

interface Stage {
  readonly name: string
  readonly root: string
  folder: string
  base: string
  user: string | undefined
  readonly env: Record<string, string>
  readonly volumes: string[]
  entrypoint: readonly string[]
  command: readonly string[]
  health: readonly string[]
}

/** @returns the last stage, in a folder below `into` */
export function build(dockerfile: string, into: string): Image {
  const stages: Stage[] = []
  const given: Record<string, string> = {}
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter(Boolean)
  const filled = (text: string) => text.replaceAll(/\$\{?(\w+)\}?/g, (_, name: string) => given[name] ?? '')
  const last = () => stages.at(-1) as Stage

  const act: Readonly<Record<string, (text: string) => void>> = {
    ARG: (text) => {
      const [name = '', value = ''] = text.split('=')
      given[name] = value
    },
    FROM: (text) => {
      const [, image = '', , name = 'last'] = /^(?:--platform=\S+ )?(\S+)( AS (\S+))?$/.exec(text) ?? []
      const root = join(into, name)
      mkdirSync(root)
      const base = filled(image)
      if (base.startsWith('node:')) asNode(root)
      stages.push({
        name,
        root,
        base,
        folder: '/',
        user: undefined,
        env: {},
        volumes: [],
        entrypoint: [],
        command: [],
        health: [],
      })
    },
    WORKDIR: (text) => {
      last().folder = text
      mkdirSync(join(last().root, text), { recursive: true })
    },
    COPY: (text) => {
      const words = text.split(' ')
      const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length)
      const paths = words.filter((word) => !word.startsWith('--'))
      const to = paths.pop() ?? ''
      const stage = from === undefined ? undefined : stages.find(({ name }) => name === from)
      if (from !== undefined && stage === undefined) throw new Error(`There is no stage '${from}'`)
      const source = stage?.root ?? ROOT
      for (const path of paths) copy(source, path, join(last().root, to.startsWith('/') ? '' : last().folder, to), to)
    },
    RUN: (text) => {
      const { root, folder } = last()
      const cwd = join(root, folder)
      // What npm installed for these tests by the same lock; once more would be half a gigabyte.
      if (text === 'npm ci --ignore-scripts --loglevel=error') return symlinkModules(cwd)
      execFileSync('/bin/sh', ['-c', text], {
        cwd,
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
      })
    },
    ENV: (text) => {
      for (const [, name = '', value = ''] of text.matchAll(/(\w+)=(\S+)/g)) last().env[name] = value
    },
    USER: (text) => {
      last().user = text
    },
    VOLUME: (text) => {
      last().volumes.push(text)
    },
    EXPOSE: () => undefined,
    HEALTHCHECK: (text) => {
      last().health = JSON.parse(text.slice(text.indexOf('CMD ') + 'CMD '.length)) as string[]
    },
    ENTRYPOINT: (text) => {
      last().entrypoint = JSON.parse(text) as string[]
    },
    CMD: (text) => {
      last().command = JSON.parse(text) as string[]
    },
  }

  function copy(source: string, path: string, target: string, to: string): void {
    const found = /[*?]/.test(path) ? globSync(join(source, path)) : [join(source, path)]
    for (const one of found) {
      if (!existsSync(one)) throw new Error(`There is no ${path} to copy`)
      const isInto = to.endsWith('/') && !statSync(one).isDirectory()
      const onto = isInto ? join(target, basename(one)) : target
      mkdirSync(dirname(onto), { recursive: true })
      cpSync(one, onto, {
        recursive: true,
        verbatimSymlinks: true,
        filter: (file) => source !== ROOT || !isIgnored(relative(ROOT, file)),
      })
    }
  }

  function isIgnored(path: string): boolean {
    const parts = path.split('/')
    return ignored.some((pattern) => {
      if (!pattern.startsWith('**/')) return parts[0] === pattern
      const name = pattern.slice('**/'.length)
      return parts.some((part) => (name.startsWith('*') ? part.endsWith(name.slice(1)) : part === name))
    })
  }

  for (const { name, text } of instructions(readFileSync(dockerfile, 'utf8'))) {
    const does = act[name]
    if (does === undefined) throw new Error(`${name} is not understood here`)
    does(text)
  }
  return last()
}

/** As much of Node's own image as is copied from it. */
function asNode(root: string): void {
  const bin = join(root, 'usr/local/bin')
  mkdirSync(bin, { recursive: true })
  cpSync(realpathSync(process.execPath), join(bin, 'node'))
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu')
  mkdirSync(libraries, { recursive: true })
  for (const library of globSync('/usr/lib/*-linux-gnu/libatomic.so.1*'))
    cpSync(realpathSync(library), join(libraries, basename(library)))
}

function symlinkModules(folder: string): void {
  // Its links to the workspaces lead to the folders here, so that what is built is what was copied.
  mkdirSync(join(folder, 'node_modules'))
  for (const name of globSync('*', { cwd: join(ROOT, 'node_modules') })) {
    if (name === 'doorward' || name === '@doorward') continue
    symlinkSync(realpathSync(join(ROOT, 'node_modules', name)), join(folder, 'node_modules', name))
  }
  symlinkSync(realpathSync(join(ROOT, 'node_modules/.bin')), join(folder, 'node_modules/.bin'))
  mkdirSync(join(folder, 'node_modules/@doorward'))
  for (const name of ['core', 'resource', 'client'])
    symlinkSync(join(folder, 'packages', name), join(folder, 'node_modules/@doorward', name))
  // Other versions than the ones above, of a package's own.
  for (const own of globSync('packages/*/node_modules', { cwd: ROOT }))
    symlinkSync(realpathSync(join(ROOT, own)), join(folder, own))
}
