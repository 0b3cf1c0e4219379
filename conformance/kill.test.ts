import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { startPostgres } from '../packages/doorward/src/testing/postgres.ts'
import { type Doorward, makeFolder, startDoorward, waitFor } from './doorward.ts'
import { startFleet } from './fleet.ts'
import { openLedger } from './ledger-of-answers.ts'
import { decide, PlainBrowser } from './person.ts'
import { authorizeUrl, redemption, register } from './public-client.ts'

const ROUNDS = 3
const FAMILIES = 12

interface Family {
  /** The newest refresh token that was answered. */
  answered: string
  /** The ones before it, the newest first. Each is spent. */
  readonly before: string[]
}

async function post(
  issuer: string,
  form: Record<string, string>,
): Promise<{ status: number; body: Record<string, string> }> {
  const response = await fetch(`${issuer}/token`, { method: 'POST', body: new URLSearchParams(form) })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

async function code(door: Doorward, client: string, browser: PlainBrowser): Promise<string> {
  return (await decide(authorizeUrl(door.issuer, client), door.operator, 'approve', browser)).code ?? ''
}

const redeem = (issuer: string, client: string, value: string) => post(issuer, redemption(client, value))
const refresh = (issuer: string, client: string, token: string) =>
  post(issuer, { grant_type: 'refresh_token', refresh_token: token, client_id: client })

const TITLE =
  'kill -9 in a storm of redemptions and rotations loses no answered token, lets none be used twice, raises none [doorward-durable]'

test(`on SQLite, ${TITLE}`, { timeout: 600_000 }, async () => {
  const folder = makeFolder()
  try {
    for (let round = 0; round < ROUNDS; round++) await storm(folder, round, {})
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test(`on PostgreSQL, ${TITLE}`, { timeout: 600_000 }, async () => {
  const folder = makeFolder()
  const postgres = await startPostgres()
  try {
    const env = { DOORWARD_DATABASE: await postgres.fresh(), DOORWARD_SECRET: randomBytes(32).toString('base64url') }
    for (let round = 0; round < ROUNDS; round++) await storm(folder, round, env)
  } finally {
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('kill -9 of one of three nodes under load: the others refuse nobody and break nothing off, what it answered holds at each, and it joins them again [doorward-durable, doorward-fleet]', {
  timeout: 600_000,
}, async () => {
  const postgres = await startPostgres()
  try {
    const fleet = await startFleet(await postgres.fresh(), [{}, {}, {}])
    try {
      await using ledger = await openLedger(fleet, { callers: 2 })
      await ledger.goesOn()
      const levelled = fleet.level()
      await ledger.redeemAndRevoke('half')
      await ledger.whileGone(2, async () => {
        await fleet.nodes[2]?.stop('SIGKILL')
        await ledger.goesOn([0, 1])
        await ledger.redeemAndRevoke()
        await fleet.restart(2)
        await ledger.goesOn()
      })
      await ledger.goesOn()
      await ledger.end()
      assert.ok(ledger.called() > 0)
      assert.equal(ledger.refusals().count, 0, 'a node refused although the database was there')
      await ledger.audit()
      await levelled()
    } finally {
      await fleet.stop()
    }
  } finally {
    await postgres.stop()
  }
})

async function storm(folder: string, round: number, env: Record<string, string>): Promise<void> {
  const environment = { ...env, DOORWARD_PORT: String(await freePort()) }
  let door = await startDoorward(['dev'], { folder, keep: true, env: environment })
  const client = await register(door.issuer)
  const browser = new PlainBrowser()
  const families: Family[] = []
  for (let i = 0; i < FAMILIES; i++) {
    const { body } = await redeem(door.issuer, client, await code(door, client, browser))
    families.push({ answered: body.refresh_token ?? '', before: [] })
  }
  const codes: string[] = []
  for (let i = 0; i < FAMILIES; i++) codes.push(await code(door, client, browser))
  const revoked = families.pop() as Family
  await fetch(`${door.issuer}/revoke`, {
    method: 'POST',
    body: new URLSearchParams({ token: revoked.answered, client_id: client }),
  })

  let running = true
  const redeemed = new Map<string, string>()
  const asked = new Set<string>()
  const { issuer } = door
  const rotating = families.map(async (family) => {
    while (running) {
      const { status, body } = await refresh(issuer, client, family.answered)
      assert.equal(status, 200)
      family.before.unshift(family.answered)
      family.answered = body.refresh_token ?? ''
    }
  })
  const redeeming = codes.map(async (value, i) => {
    for (let turn = 0; turn < i * 3; turn++) await new Promise((resolve) => setImmediate(resolve))
    asked.add(value)
    const { status, body } = await redeem(issuer, client, value)
    if (status === 200) redeemed.set(value, body.refresh_token ?? '')
  })
  // Enough turns that requests are under way; how many does not matter.
  for (let answers = 0; answers < 40 + round * 30; answers++) await new Promise((resolve) => setImmediate(resolve))
  await Promise.race([...redeeming, ...rotating])
  await waitFor(async () => families.some(({ before }) => before.length > 0))
  await door.stop('SIGKILL')
  running = false
  await Promise.allSettled([...rotating, ...redeeming])

  door = await startDoorward(['dev'], { folder, keep: true, env: environment })
  let reused = 0
  try {
    for (const family of families) {
      // The answered token lives. Where a rotation was cut off, it may be the predecessor by now; it still gives the successor.
      const { status, body } = await refresh(door.issuer, client, family.answered)
      assert.equal(status, 200, `an answered refresh token was lost: ${body.error_description}`)
      // At least two steps behind what lives now: no crash makes it good again, and whoever shows it ends the grant.
      const [spent] = family.before
      if (spent === undefined) continue
      reused++
      const again = await refresh(door.issuer, client, spent)
      assert.deepEqual([again.status, again.body.error], [400, 'invalid_grant'], 'a spent refresh token was taken')
      const after = await refresh(door.issuer, client, body.refresh_token ?? '')
      assert.deepEqual([after.status, after.body.error], [400, 'invalid_grant'], 'reuse did not end the grant')
    }
    assert.ok(reused > 0, 'no grant was rotated before the kill')
    for (const [value, token] of redeemed) {
      assert.equal(
        (await refresh(door.issuer, client, token)).status,
        200,
        'a token of an answered redemption was lost',
      )
      assert.equal((await redeem(door.issuer, client, value)).status, 400, 'an answered code could be used twice')
    }
    for (const value of codes.filter((one) => !asked.has(one))) {
      assert.equal((await redeem(door.issuer, client, value)).status, 200, 'a code that was never asked for was lost')
      assert.equal((await redeem(door.issuer, client, value)).status, 400)
    }
    assert.equal((await refresh(door.issuer, client, revoked.answered)).status, 400, 'a revoked grant was raised')
  } finally {
    await door.stop('SIGTERM')
  }
}
