import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { ROOT } from './doorward.ts'

/** `guarded-server.ts` in a process of its own, and what its guard tells of the feed. */
export async function startGuarded(issuer: string, whenUnreachable: string) {
  const port = await freePort()
  const { notices, stop } = await startServer('guarded-server.ts', [issuer, `${port}`, whenUnreachable])
  return { mcp: `http://localhost:${port}/mcp`, notices, stop }
}

/** A server of this folder in a process of its own, once it said its first line. `notices` are those that came after it. */
export async function startServer(file: string, args: readonly string[]) {
  const child = spawn(process.execPath, ['--conditions=doorward-source', join(ROOT, 'conformance', file), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const ended = once(child, 'close') as Promise<[number | null, string | null]>
  const output = createInterface(child.stdout).on('line', (line) => void lines.push(line))
  await Promise.race([
    once(output, 'line'),
    ended.then((how) => Promise.reject(new Error(`${file} ended with ${how}`))),
  ])
  return {
    notices: () => lines.slice(1),
    stop: async () => {
      child.kill()
      const [status, signal] = await ended
      return { status, signal }
    },
  }
}
