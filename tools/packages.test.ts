import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { VERSION } from '@doorward/core/kernel/version'

const ROOT = dirname(import.meta.dirname)

interface Manifest {
  readonly name: string
  readonly version: string
  readonly engines: { readonly node: string }
  readonly workspaces: readonly string[]
  readonly repository?: object
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const manifest = (folder: string) => JSON.parse(read(join(folder, 'package.json'))) as Manifest
const workspace = manifest('.')
const packages = workspace.workspaces.map(manifest)

test('all packages, what needs them, the chart and the program have one version', () => {
  for (const { name, version, dependencies, devDependencies } of packages) {
    assert.equal(version, VERSION, name)
    for (const [needed, wanted] of Object.entries({ ...dependencies, ...devDependencies })) {
      if (packages.some((one) => one.name === needed)) assert.equal(wanted, VERSION, `${name} needs ${needed}`)
    }
  }
  assert.match(read('deploy/helm/doorward/Chart.yaml'), new RegExp(`^appVersion: ${VERSION}$`, 'm'))
})

const HOUSE = 'https://github.com/doorward/doorward'

test('each package brings its licence, says where it is made, and its README leads nowhere that npm does not have', () => {
  for (const folder of workspace.workspaces) {
    assert.equal(read(join(folder, 'LICENSE')), read('LICENSE'), folder)
    assert.deepEqual(manifest(folder).repository, { type: 'git', url: `git+${HOUSE}.git`, directory: folder })
    for (const [, link = ''] of read(join(folder, 'README.md')).matchAll(/\]\(([^)]*)\)/g)) {
      assert.match(link, /^(https:|#)/, `${folder}/README.md`)
      const [, path] = link.split(`${HOUSE}/blob/main/`)
      assert.ok(path === undefined || existsSync(join(ROOT, path.replace(/#.*/, ''))), `${folder}/README.md: ${link}`)
    }
  }
})

test('the maps of what is published have the sources in them, which are not published', () => {
  for (const folder of workspace.workspaces.filter((one) => existsSync(join(ROOT, one, 'tsconfig.json')))) {
    const { compilerOptions } = JSON.parse(read(join(folder, 'tsconfig.json'))) as { compilerOptions: object }
    assert.deepEqual({ ...compilerOptions, ...{ sourceMap: true, inlineSources: true } }, compilerOptions, folder)
  }
})

const OLDEST = '24.7'
const BIN = join(ROOT, 'packages/doorward/bin/doorward.js')

test('what every place says of the oldest Node.js is the same', () => {
  assert.equal(workspace.engines.node, `>=${OLDEST}`)
  assert.equal(manifest('packages/doorward').engines.node, `>=${OLDEST}`)
  for (const path of ['README.md', 'docs/deployment.md']) {
    assert.match(read(path), new RegExp(`Node\\.js ${OLDEST.replace('.', '\\.')} or newer`), path)
  }
  assert.match(read('tools/build.ts'), new RegExp(`'node${OLDEST}'`))
})

/** A Node.js that says it is of another version. */
function pretending(version: string, program: string, ...args: string[]) {
  const lie = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
  const flags = ['--conditions=doorward-source', '--import', `data:text/javascript,${encodeURIComponent(lie)}`]
  return spawnSync(process.execPath, [...flags, program, ...args], { encoding: 'utf8' })
}

for (const version of ['18.20.8', '22.22.0', '23.11.1', '24.4.1', '24.6.0']) {
  test(`on Node.js ${version} the program ends with status 2 and one sentence`, () => {
    const { status, stdout, stderr } = pretending(version, BIN, '--version')
    assert.deepEqual(
      [status, stdout, stderr],
      [2, '', `doorward: Node.js ${version} is too old; install Node.js ${OLDEST} or newer (https://nodejs.org).\n`],
    )
  })
}

for (const version of ['24.7.0', '24.10.0', '25.0.0', '26.1.0']) {
  test(`on Node.js ${version} the program starts`, () => {
    const { status, stderr } = pretending(version, BIN, '--version')
    assert.deepEqual([status, stderr], [0, ''])
  })
}

test('the program says the version of its package', () => {
  const main = join(ROOT, 'packages/doorward/src/cli/main.ts')
  const { stdout } = spawnSync(process.execPath, ['--conditions=doorward-source', main, '--version'], {
    encoding: 'utf8',
  })
  assert.equal(stdout, `${VERSION}\n`)
})

test('the check of a developer whose Node.js is too old says so before it runs anything', () => {
  const { status, stdout, stderr } = pretending('24.6.0', join(ROOT, 'tools/check.ts'))
  assert.equal(status, 2, stdout)
  assert.match(stderr, new RegExp(`^This needs Node\\.js ${OLDEST} or newer and runs 24\\.6\\.0;.*\\n$`))
})
