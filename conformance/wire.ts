// A wire to a database that a test can make slow or cut: packets are late, or go one way only, or go nowhere, and nobody is told.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface Wire {
  /** The same address, over the wire. */
  readonly address: string
  /** What each direction does from now on; `there` is towards the database. */
  readonly set: (to: { delay?: number; there?: 'passes' | 'swallows'; back?: 'passes' | 'swallows' }) => void
  readonly stop: () => Promise<void>
}

export async function startWire(address: string): Promise<Wire> {
  const { hostname, port } = new URL(address)
  const state = { delay: 0, there: 'passes', back: 'passes' }
  const sockets = new Set<Socket>()
  const carry = (from: Socket, to: Socket, way: 'there' | 'back') => {
    sockets.add(from)
    // What comes later never overtakes, also where the delay has become less.
    let carried: Promise<unknown> = Promise.resolve()
    from.on('error', () => undefined)
    from.on('close', () => {
      sockets.delete(from)
      // A goodbye goes the way of everything else.
      if (state[way] === 'passes') to.destroy()
    })
    from.on('data', (bytes) => {
      if (state[way] === 'swallows') return
      // The whole delay on the way back: a round trip is slower by that much.
      const { delay } = state
      const late =
        way === 'there' || delay === 0 ? undefined : new Promise<void>((resolve) => setTimeout(resolve, delay))
      carried = Promise.all([carried, late]).then(() => to.writable && to.write(bytes))
    })
  }
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    carry(near, far, 'there')
    carry(far, near, 'back')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(address)
  url.port = String((server.address() as { port: number }).port)
  return {
    address: url.href,
    set: (to) => void Object.assign(state, to),
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
