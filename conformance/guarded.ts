import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ROOT } from './doorward.ts'

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** `guarded-server.ts` in a process of its own, and what its guard tells of the feed. */
export async function startGuarded(issuer: string, whenUnreachable: string) {
  const port = await freePort()
  const child = spawn(
    process.execPath,
    ['--conditions=doorward-source', join(ROOT, 'conformance/guarded-server.ts'), issuer, `${port}`, whenUnreachable],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const lines: string[] = []
  const output = createInterface(child.stdout).on('line', (line) => void lines.push(line))
  await once(output, 'line')
  return {
    mcp: `http://localhost:${port}/mcp`,
    notices: () => lines.slice(1),
    stop: async () => {
      child.kill()
      const [status, signal] = (await once(child, 'exit')) as [number | null, string | null]
      return { status, signal }
    },
  }
}
