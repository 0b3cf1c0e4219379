import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFolder, ROOT } from './doorward.ts'

const RUNNER = join(ROOT, 'node_modules/@modelcontextprotocol/conformance/dist/index.js')
const CLIENT = `${process.execPath} --conditions=doorward-source ${join(ROOT, 'conformance/knock.ts')}`

interface Verdict {
  readonly id: string
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO'
}

/** Lets the runner play the servers of one scenario for our client; the verdicts by status, check by check. */
async function played(scenario: string): Promise<(wanted: Verdict['status']) => string[]> {
  const folder = makeFolder()
  const words = ['client', '--command', CLIENT, '--scenario', scenario, '--timeout', '120000', '-o', folder]
  const child = spawn(process.execPath, [RUNNER, ...words], { cwd: folder, stdio: 'ignore' })
  await once(child, 'close')
  const checks = globSync('**/checks.json', { cwd: folder }).flatMap(
    (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Verdict[],
  )
  return (wanted) => [...new Set(checks.filter(({ status }) => status === wanted).map(({ id }) => id))].sort()
}

const DISCOVERED = ['authorization-server-metadata', 'prm-pathbased-requested']

const REFUSING: readonly (readonly [string, readonly string[]])[] = [
  ['auth/resource-mismatch', ['prm-pathbased-requested', 'resource-mismatch-rejected']],
  ['auth/metadata-issuer-mismatch', [...DISCOVERED, 'sep-2468-client-validate-metadata-issuer']],
]
for (const [scenario, checks] of REFUSING) {
  test(`our client passes ${scenario} of the official runner [mcp-2026-07-28-c7, rfc9728-3.3-client-check]`, async () => {
    const by = await played(scenario)
    assert.deepEqual(by('SUCCESS'), checks)
    assert.deepEqual([by('FAILURE'), by('WARNING'), by('SKIPPED')], [[], [], []])
  })
}

// The runner goes on to sign in, which our client does not; what it finds on the way there is judged all the same.
const SIGNING_IN = [
  'authorization-request',
  'client-registration',
  'resource-parameter-in-authorization',
  'resource-parameter-in-token',
  'token-request',
]
for (const scenario of ['default', 'var1', 'var2', 'var3']) {
  test(`our client finds the server in auth/metadata-${scenario} of the official runner, and fails nothing before signing in [mcp-2026-07-28-c1, mcp-2026-07-28-c4]`, async () => {
    const by = await played(`auth/metadata-${scenario}`)
    assert.deepEqual(by('SUCCESS'), DISCOVERED)
    assert.deepEqual([by('FAILURE'), by('WARNING'), by('SKIPPED')], [SIGNING_IN, [], []])
  })
}
