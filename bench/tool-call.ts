import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { CALLERS, expect, JSON_TYPE, type Ready, registration, rotation, signIn } from './flows.ts'
import { type Load, measureByTurns, OTHER_CORES, sender, startPinned } from './load.ts'
import type { Row } from './report.ts'

const CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'list_notes', arguments: {} },
})

/**
 * What a gateway costs a tool call: the same call to the same MCP server through `doorward protect` and through a proxy that only hands on,
 * and, for the time alone, to the server itself.
 */
export async function toolCalls(command: string, bareProgram: string, folder: string, operations: number) {
  const place = join(folder, 'tool-calls')
  mkdirSync(place)
  // Beside what is measured, so that neither of the two in between pays for it.
  const upstream = await startPinned<{ port: number }>([process.execPath, bareProgram], { cores: OTHER_CORES })
  const address = `http://127.0.0.1:${upstream.ready.port}`
  const proxy = await startPinned<{ port: number }>([
    process.execPath,
    bareProgram,
    join(place, 'bare.sqlite'),
    address,
  ])
  const door = await startPinned<Ready>([command, 'protect', `${address}/mcp`, '--json'], {
    cwd: place,
    env: { DOORWARD_PORT: '0' },
  })
  const send = sender(door.ready.issuer, CALLERS)
  const registered = await send('POST', '/register', registration('Bench'), JSON_TYPE)
  const { client_id } = JSON.parse(registered.body) as { client_id: string }
  const { tokens } = await rotation(send, client_id, await signIn(send, client_id, door.ready))
  const headers = { ...JSON_TYPE, accept: 'application/json, text/event-stream' }
  const load = (pid: number | undefined, origin: string, path: string, more: (caller: number) => object): Load => {
    const through = sender(origin, CALLERS)
    return {
      pid: pid as number,
      callers: CALLERS,
      operation: async (caller) => expect(await through('POST', path, CALL, { ...headers, ...more(caller) })),
    }
  }
  const bearer = (caller: number) => ({ authorization: `Bearer ${tokens[caller]?.access_token}` })
  const { pathname } = new URL(door.ready.mcp)
  const byGateway = load(door.process.pid, door.ready.issuer.replace('localhost', '127.0.0.1'), pathname, bearer)
  const byProxy = load(proxy.process.pid, `http://127.0.0.1:${proxy.ready.port}`, '/proxy', () => ({}))
  const direct = load(upstream.process.pid, address, '/mcp', () => ({}))
  const [measured, ceiling] = await measureByTurns([byGateway, byProxy], operations)
  // One after the other: what one caller waits for.
  const alone = [byGateway, byProxy, direct].map((one) => ({ ...one, callers: 1 }))
  const [gateway, bare, itself] = await measureByTurns(alone, operations / 4)
  for (const { process } of [door, proxy, upstream]) process.kill()
  if (!measured || !ceiling || !gateway || !bare || !itself) throw new Error('Each load gives a figure')
  const row: Row = { name: 'gateway, tools/call', measured, ceilingName: 'bare proxy', ceiling }
  const waits = [gateway, bare, itself].map(({ p50Milliseconds }) => p50Milliseconds.toFixed(2))
  return {
    row,
    line: `a tool call alone takes ${waits[0]} ms through the gateway, ${waits[1]} ms through a bare proxy, ${waits[2]} ms without either`,
  }
}
