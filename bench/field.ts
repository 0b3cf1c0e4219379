import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { type Contender, doorward, floor, peer } from './contenders.ts'
import { BETTER_AUTH, OIDC_PROVIDER, SDK_ROUTER } from './peer-flows.ts'

const REDIS = '/usr/bin/redis-server'

/** A Redis that syncs each write before it answers, from Debian's package; undefined where there is none. */
export async function startRedis(folder: string): Promise<{ process: ChildProcess; url: string } | undefined> {
  if (!existsSync(REDIS)) return undefined
  const port = await freePort()
  const dir = join(folder, 'redis')
  mkdirSync(dir)
  const settings = ['--bind', '127.0.0.1', '--port', String(port), '--dir', dir, '--save', '', '--appendonly', 'yes']
  const child = spawn(REDIS, [...settings, '--appendfsync', 'always'], { stdio: ['ignore', 'pipe', 'ignore'] })
  process.once('exit', () => child.kill('SIGKILL'))
  let said = ''
  for await (const chunk of child.stdout) {
    said += String(chunk)
    if (said.includes('Ready to accept connections')) break
  }
  child.stdout.resume()
  return { process: child, url: `redis://127.0.0.1:${port}` }
}

const FILES = 'peers/node_modules'

/** Everybody in the race, in the order of the table; who has entered has to be stopped, also where a later one fails. */
export async function enter(all: Contender[], folder: string, say: (line: string) => void): Promise<void> {
  if (!existsSync(new URL(FILES, import.meta.url)))
    throw new Error(`The peers are not installed; run 'npm run bench:peers', which does that first.`)
  const file = (name: string): string => join(folder, `${name}.sqlite`)
  all.push(await floor(folder))
  all.push(await doorward(folder, 'SQLite'))
  all.push(await doorward(folder, 'PostgreSQL'))
  const oidc = { dialect: OIDC_PROVIDER, introspectsOpaque: true }
  all.push(await peer('oidc-provider, memory', ['oidc-provider.ts', 'memory'], { ...oidc, isDurable: false }))
  all.push(
    await peer('oidc-provider, SQLite', ['oidc-provider.ts', 'sqlite', file('oidc')], { ...oidc, isDurable: true }),
  )
  const redis = await startRedis(folder)
  if (redis === undefined) say(`There is no ${REDIS}; its column is left out (Debian: redis-server).`)
  else {
    const words = ['oidc-provider.ts', 'redis', redis.url]
    all.push(await peer('oidc-provider, Redis', words, { ...oidc, isDurable: true, beside: redis.process }))
  }
  const better = { dialect: BETTER_AUTH, isDurable: true }
  all.push(await peer('Better Auth, SQLite', ['better-auth.ts', file('better-auth')], better))
  const sdk = { dialect: SDK_ROUTER, missing: SDK_MISSING }
  all.push(await peer('MCP SDK router, memory', ['sdk-router.ts'], { ...sdk, isDurable: false }))
  all.push(await peer('MCP SDK router, SQLite', ['sdk-router.ts', file('sdk')], { ...sdk, isDurable: true }))
}

const SDK_MISSING = {
  introspection: 'the router has no such endpoint',
  'client credentials': 'the router refuses the grant type',
} as const
