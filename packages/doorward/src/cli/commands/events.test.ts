import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { openStore } from '../../store/index.ts'
import { startPostgres } from '../../testing/postgres.ts'
import { events } from './events.ts'

const event = (reason: string) => ({ type: 'server.failed', outcome: 'refused', reason }) as const

test('who follows the events while the database is away is told once, and misses none and sees none twice [doorward-events-follow]', {
  timeout: 60_000,
}, async () => {
  const postgres = await startPostgres()
  const database = await postgres.fresh()
  const printed: string[] = []
  const said: string[] = []
  const stop = Promise.withResolvers<void>()
  const program = new Command().exitOverride()
  events(program, {
    print: (line) => void printed.push((JSON.parse(line) as { reason: string }).reason),
    say: (line) => void said.push(line),
    redraw: undefined,
    readInput: async () => '',
    readLine: async () => undefined,
    env: {},
    untilStopped: () => stop.promise,
    outliveReader: () => undefined,
  })
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const store = openStore(database, Date.now)
  try {
    await store.events.append([event('before')])
    const following = program.parseAsync(['events', '--follow', '--json', '--database', database], { from: 'user' })
    await until(() => printed.includes('before'))
    await postgres.kill()
    await Promise.race([until(() => said.length > 0), following])
    assert.match(said.join(), /^The database cannot be asked .* Events go on when it answers again\.$/)
    await postgres.start()
    for (let isDone = false; !isDone; )
      isDone = await store.events.append([event('meanwhile'), event('after')]).then(
        () => true,
        () => false,
      )
    await Promise.race([until(() => printed.includes('after')), following])
    stop.resolve()
    await following
    assert.deepEqual(printed, ['before', 'meanwhile', 'after'])
    assert.equal(said.length, 1)
  } finally {
    stop.resolve()
    await store.close()
    await postgres.stop()
  }
})
