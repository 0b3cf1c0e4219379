// Several processes on one port: a worker may be killed, the one above them too.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { certificateMaker } from '@doorward/core/testing/certificates'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { startPostgres, type TestPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { MAIN, waitFor } from './doorward.ts'
import {
  callersOf,
  childrenOf,
  type Fleet,
  fleet,
  isAlive,
  keepRefreshing,
  type Load,
  readyz,
  refresh,
} from './rolling-fleet.ts'

let postgres: TestPostgres
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

const ENGINES: readonly (readonly [string, () => Promise<string | undefined>])[] = [
  ['PostgreSQL', () => postgres.fresh()],
  ['SQLite', async () => undefined],
]

async function withFleet(database: string | undefined, body: (nodes: Fleet) => Promise<void>): Promise<void> {
  const nodes = await fleet(1, database)
  try {
    await body(nodes)
  } finally {
    nodes.remove()
  }
}

for (const [engine, database] of ENGINES) {
  test(`on ${engine}, kill -9 of a worker loses nothing that was answered; the others serve on and another takes its place [doorward-workers]`, {
    timeout: 120_000,
  }, async () => {
    await withFleet(await database(), async (nodes) => {
      const [port] = nodes.ports as [number]
      const door = await nodes.start(port, ['--workers', '2'])
      const parent = door.process.pid as number
      let now: number[] = []
      let load: Load | undefined
      try {
        const workers = childrenOf(parent)
        assert.equal(workers.length, 2)
        const callers = await callersOf(nodes, 6)
        load = keepRefreshing(callers, [port])
        await load.answered(5)
        process.kill(workers[0] as number, 'SIGKILL')
        await load.answered(5)
        // One that was killed is a child until it was taken note of.
        await waitFor(async () => {
          const there = childrenOf(parent)
          return there.length === 2 && !there.includes(workers[0] as number)
        })
        await load.answered(5)
        await load.stop()
        for (const { token } of callers.families) {
          const { status, body } = await refresh(port, callers.client, token)
          assert.equal(status, 200, `an answered token was lost: ${JSON.stringify(body)}`)
        }
        assert.match(door.said(), /Worker \d ended \(SIGKILL\); another takes its place/)
        assert.equal(
          door.said().match(/Nobody can sign in yet/g)?.length,
          1,
          'a hint is given once, not by each worker',
        )
        assert.doesNotMatch(door.said(), /--database postgres/, 'what is shown has no password, and opens nothing')
        now = childrenOf(parent)
      } finally {
        await load?.stop().catch(() => undefined)
        assert.equal(await door.stop(), 0, door.said())
      }
      assert.deepEqual(now.filter(isAlive), [], 'nothing is left of it after it was asked to stop')
    })
  })
}

test('kill -9 of the process above the workers ends them as well, and what they had answered holds [doorward-workers]', {
  timeout: 120_000,
}, async () => {
  await withFleet(await postgres.fresh(), async (nodes) => {
    const [port] = nodes.ports as [number]
    const door = await nodes.start(port, ['--workers', '2'])
    const workers = childrenOf(door.process.pid as number)
    const callers = await callersOf(nodes, 2)
    await door.stop('SIGKILL')
    await waitFor(async () => !workers.some(isAlive))
    await assert.rejects(readyz(port), 'nobody serves any more')
    const again = await nodes.start(port, ['--workers', '2'])
    try {
      for (const { token } of callers.families)
        assert.equal((await refresh(port, callers.client, token)).status, 200, 'an answered token was lost')
    } finally {
      assert.equal(await again.stop(), 0)
    }
  })
})

test('a second signal ends a server and its workers at once, whatever is under way [doorward-workers]', {
  timeout: 60_000,
}, async () => {
  const nodes = await fleet(1, undefined, { drainSeconds: 300 })
  const [port] = nodes.ports as [number]
  const door = await nodes.start(port, ['--workers', '2'])
  try {
    const workers = childrenOf(door.process.pid as number)
    door.process.kill('SIGTERM')
    await waitFor(async () => (await readyz(port)).because.includes('draining'))
    assert.equal(await door.stop('SIGINT'), 130)
    await waitFor(async () => !workers.some(isAlive))
  } finally {
    await door.stop('SIGKILL')
    nodes.remove()
  }
})

test('workers take no port that somebody else holds, and nobody takes theirs [doorward-workers]', {
  timeout: 60_000,
}, async () => {
  await withFleet(undefined, async (nodes) => {
    const [port] = nodes.ports as [number]
    const door = await nodes.start(port, ['--workers', '2'])
    try {
      for (const args of [['--workers', '2'], []])
        await assert.rejects(nodes.start(port, args), new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is in use`))
      assert.equal((await readyz(port)).status, 200)
    } finally {
      await door.stop()
    }
  })
})

test('workers do not share a port with their own listener for client certificates [doorward-workers]', {
  timeout: 60_000,
}, async () => {
  const maker = certificateMaker()
  const { certFile: certificate, keyFile: key } = maker.makeServer('localhost', maker.makeAuthority('Servers'))
  const port = await freePort()
  const nodes = await fleet(1, undefined, { tls: { certificate, key }, mtls: { port } })
  const env = { DOORWARD_ISSUER: `https://localhost:${port}` }
  try {
    const inUse = new RegExp(
      `Port ${port} on 127\\.0\\.0\\.1 is in use; .* \\(or mtls\\.port for client certificates\\)`,
    )
    for (const args of [['--workers', '2'], []]) await assert.rejects(nodes.start(port, args, env), inUse)
    const door = await nodes.start(0, ['--workers', '2'], env)
    assert.equal(await door.stop(), 0)
  } finally {
    nodes.remove()
    maker.remove()
  }
})

test('a server whose readers have gone goes on, and replaces a worker [doorward-workers]', {
  timeout: 60_000,
}, async () => {
  await withFleet(undefined, async (nodes) => {
    const [port] = nodes.ports as [number]
    const door = await nodes.start(port, ['--workers', '2'], { DOORWARD_LOG: 'json' })
    const parent = door.process.pid as number
    try {
      door.process.stdout?.destroy()
      door.process.stderr?.destroy()
      const [worker] = childrenOf(parent) as [number]
      process.kill(worker, 'SIGKILL')
      await waitFor(
        async () => !isAlive(parent) || (childrenOf(parent).length === 2 && !childrenOf(parent).includes(worker)),
      )
      assert.ok(isAlive(parent), 'what it said of the worker was lost, and nothing else')
      assert.equal((await readyz(port)).status, 200)
    } finally {
      assert.equal(await door.stop(), 0)
    }
  })
})

test('a server whose workers cannot start says why, once, and ends', { timeout: 60_000 }, async () => {
  await withFleet('postgres://nobody@127.0.0.1:1/none', async (nodes) => {
    await assert.rejects(
      nodes.start(nodes.ports[0] as number, ['--workers', '2']),
      /ended with 1: doorward: The database cannot be asked .*\n.*Worker 1 did not start; what it said stands above/,
    )
  })
})

test('a process manager may run it as a worker of its own: it serves, and stops as it is told to', {
  timeout: 60_000,
}, async () => {
  await withFleet(undefined, async (nodes) => {
    const [port] = nodes.ports as [number]
    const manager = spawn(
      process.execPath,
      [new URL('process-manager.ts', import.meta.url).pathname, MAIN, nodes.config],
      {
        cwd: nodes.folder,
        env: { ...process.env, ...nodes.env, DOORWARD_PORT: String(port), NODE_OPTIONS: '' },
        stdio: 'ignore',
      },
    )
    try {
      await waitFor(async () => (await readyz(port)).status === 200)
      const [worker] = childrenOf(manager.pid as number) as [number]
      const ended = once(manager, 'exit')
      process.kill(worker, 'SIGINT')
      assert.deepEqual(await ended, [0, null])
    } finally {
      manager.kill('SIGKILL')
    }
  })
})
