import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below those that systems hand out by themselves (from 32768 on, Linux; from 49152, others): what the system gives to a connection, or to
 * whoever takes any port, would take one that is free now and meant for a server that starts later, or starts again. Above those that `fetch`
 * does not visit.
 */
const [FIRST, AFTER_LAST] = [11_000, 32_768]
const given = new Set<number>()

/** A port of this machine that nobody listens on, for programs that have to be told one. Nobody here is given it again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (AFTER_LAST - FIRST))
    if (given.has(port)) continue
    given.add(port)
    if ((await isFree(port, '127.0.0.1')) && (await isFree(port, '::1'))) return port
  }
}

/** Of an address that this machine does not have, nobody can be in the way. */
async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, host), 'listening')
  } catch (error) {
    return ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes((error as NodeJS.ErrnoException).code ?? '')
  }
  server.close()
  await once(server, 'close')
  return true
}
