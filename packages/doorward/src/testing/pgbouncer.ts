import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { freePort } from './free-port.ts'
import { NOBODY } from './postgres.ts'

/** A PgBouncer of the test's own before a PostgreSQL: Debian's, in transaction mode, gone with the test. */
export interface TestPgBouncer {
  /** The address of the same database through it. */
  through(address: string): string
  /** A command of its console, such as `PAUSE`; over when it is done. */
  command(text: string): Promise<void>
  /** As `kill -9`. */
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** @param serverConnections to each database, which all that connect to it take turns with */
export async function startPgBouncer(postgresPort: number, serverConnections = 3): Promise<TestPgBouncer> {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-pgbouncer-'))
  const isRoot = process.getuid?.() === 0
  const port = await freePort()
  const config = join(folder, 'pgbouncer.ini')
  writeFileSync(
    config,
    `[databases]
* = host=127.0.0.1 port=${postgresPort} user=doorward
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
admin_users = operator
pool_mode = transaction
; Each test has a database of its own: those of tests that are over give their connections back.
server_idle_timeout = 5
default_pool_size = ${serverConnections}
`,
  )
  if (isRoot) for (const path of [folder, config]) chownSync(path, NOBODY, NOBODY)
  let server: ChildProcess

  async function start(): Promise<void> {
    server = spawn('pgbouncer', [config], {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: folder,
      env: { PATH: `${process.env.PATH}:/usr/sbin` },
      ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
    })
    server.once('error', () => undefined)
    let said = ''
    for await (const chunk of server.stderr ?? []) {
      said += String(chunk)
      if (said.includes('process up')) return void server.stderr?.resume()
    }
    throw new Error(`PgBouncer did not start; install Debian's package pgbouncer. It said: ${said}`)
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return
    const gone = once(server, 'exit')
    server.kill(signal)
    await gone
  }

  await start()
  return {
    through: (address) => {
      const url = new URL(address)
      url.port = String(port)
      return url.href
    },
    command: async (text) => {
      const operator = new Client({ connectionString: `postgres://operator@127.0.0.1:${port}/pgbouncer` })
      await operator.connect()
      try {
        await operator.query(text)
      } finally {
        await operator.end()
      }
    },
    kill: () => end('SIGKILL'),
    start,
    stop: async () => {
      await end('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
