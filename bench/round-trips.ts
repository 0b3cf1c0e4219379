import { connect, createServer, type Socket } from 'node:net'

export interface DelayedDatabase {
  /** The address of the same database, so far away. */
  readonly url: string
  stop(): Promise<void>
}

/** A wire to a database on which every byte takes a while, each way, as to another zone or region. */
export async function delayed(url: string, oneWayMilliseconds: number): Promise<DelayedDatabase> {
  const target = new URL(url)
  const [host, door] = [target.hostname, Number(target.port)]
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(door, host)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from)
      // Nagle's waiting would be counted as distance.
      from.setNoDelay(true)
      from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), oneWayMilliseconds))
      from.on('error', () => to.destroy())
      from.on('close', () => {
        open.delete(from)
        setTimeout(() => to.destroy(), oneWayMilliseconds)
      })
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as { port: number }
  target.port = String(port)
  return {
    url: target.href,
    stop: async () => {
      for (const socket of open) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
