import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Doorward, startDoorward } from './doorward.ts'
import { CLIENTS } from './replay/clients/index.ts'
import { replay } from './replay/replay.ts'

let door: Doorward
before(async () => {
  door = await startDoorward(['dev'])
})
after(() => door?.stop())

for (const client of CLIENTS) {
  test(client.name, async () => {
    const report = await replay(client, { mcp: door.mcp, person: door.operator })
    assert.equal(report.outcome, 'ok', JSON.stringify(report.steps, undefined, 2))
  })
}
