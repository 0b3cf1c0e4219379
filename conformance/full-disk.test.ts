// A full disk under SQLite: what is refused is refused honestly, what was answered stays, and all goes on when there is room again.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../packages/doorward/src/testing/free-port.ts'
import { makeFolder, startDoorward } from './doorward.ts'
import { startFleet } from './fleet.ts'
import { introspect, openLedger, REFUSAL_MILLISECONDS } from './ledger-of-answers.ts'
import { decide } from './person.ts'
import { CAN_MOUNT, withSmallDisk } from './small-disk.ts'

const VERIFIER = 'f'.repeat(64)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const REDIRECT = 'http://127.0.0.1:4400/callback'
/** As many refreshes as fill the log of the database many times over. */
const MOST_TRIES = 2000

async function post(issuer: string, form: Record<string, string>) {
  const response = await fetch(`${issuer}/token`, { method: 'POST', body: new URLSearchParams(form) })
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: (await response.json()) as Record<string, string>,
  }
}

test(
  'on a disk without room SQLite has what writes refused with 503 and what reads answered; no answer is lost, and all goes on when there is room [doorward-honest-outage, doorward-durable]',
  {
    timeout: 600_000,
    skip: CAN_MOUNT ? false : 'only root mounts a small disk',
  },
  () =>
    withSmallDisk(32, async ({ path, fill, free }) => {
      const fleet = await startFleet(join(path, 'doorward.sqlite'), [{}])
      try {
        await using ledger = await openLedger(fleet)
        await ledger.goesOn()
        const levelled = fleet.level()
        await ledger.redeemAndRevoke('half')
        fill()
        await ledger.isRefused()
        await ledger.isRefused()
        const { slowest } = ledger.refusals()
        assert.ok(slowest < REFUSAL_MILLISECONDS, `the slowest refusal took ${slowest} ms`)
        // One that is not taken back yet, and does not rotate.
        const { access, refresh } = ledger.families[1] ?? assert.fail()
        assert.equal((await fleet.call(0, access)).status, 200)
        assert.equal((await introspect(fleet, 0, refresh[0] ?? '')).active, true)
        free()
        await ledger.goesOn()
        await ledger.redeemAndRevoke()
        await ledger.end()
        await ledger.audit()
        await levelled()
      } finally {
        await fleet.stop()
      }
    }),
)

// Whoever is not root has no small disk, but files that may not grow.
test('where no file can grow a refresh is refused with 503 and Retry-After, keys are still read, and no answered token is lost [doorward-honest-outage, doorward-durable]', {
  timeout: 600_000,
}, async () => {
  const folder = makeFolder()
  try {
    const env = { DOORWARD_PORT: String(await freePort()) }
    const first = await startDoorward(['dev'], { folder, keep: true, env })
    const registered = await fetch(`${first.issuer}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' }),
    })
    const { client_id } = (await registered.json()) as { client_id: string }
    const query = new URLSearchParams({
      response_type: 'code',
      client_id,
      redirect_uri: REDIRECT,
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
    })
    const { code } = await decide(`${first.issuer}/authorize?${query}`, first.operator)
    const form = { grant_type: 'authorization_code', code: code ?? '', code_verifier: VERIFIER, client_id }
    let token = (await post(first.issuer, form)).body.refresh_token ?? ''
    await first.stop()

    const full = await startDoorward(['dev'], { folder, keep: true, env, mostKibPerFile: 600 })
    const refresh = () => post(full.issuer, { grant_type: 'refresh_token', refresh_token: token, client_id })
    let answer = await refresh()
    for (let tries = 0; answer.status === 200 && tries < MOST_TRIES; tries++) {
      token = answer.body.refresh_token ?? ''
      answer = await refresh()
    }
    assert.deepEqual([answer.status, answer.body.error], [503, 'temporarily_unavailable'])
    assert.ok(Number(answer.retryAfter) > 0)
    assert.equal((await fetch(`${full.issuer}/jwks`)).status, 200)
    await full.stop()

    const roomy = await startDoorward(['dev'], { folder, keep: true, env })
    try {
      const after = await post(roomy.issuer, { grant_type: 'refresh_token', refresh_token: token, client_id })
      assert.equal(after.status, 200, JSON.stringify(after.body))
    } finally {
      await roomy.stop()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
