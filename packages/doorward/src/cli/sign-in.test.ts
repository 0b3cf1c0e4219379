import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signInOf } from './sign-in.ts'
import type { ProviderConfig } from './sign-in-schema.ts'

const PROVIDER = { id: 'company', issuer: 'https://login.corp.example', clientId: 'x', clientSecretVariable: 'SECRET' }
const DOMAINS = { domains: ['corp.example'] }

for (const [what, given, newPeople] of [
  ['nothing', {}, 'nobody'],
  ['domains', DOMAINS, 'of_its_domains'],
  ['domains, and that nobody may', { ...DOMAINS, allowNewPeople: false }, 'nobody'],
  ['that everybody may', { allowNewPeople: true }, 'everybody'],
] satisfies readonly [string, Partial<ProviderConfig>, string][]) {
  test(`a provider of which the config says ${what} brings in ${newPeople} [doorward-provider-newcomers]`, () => {
    assert.equal(
      signInOf({ providers: [{ ...PROVIDER, ...given }] }, { SECRET: 'a secret' }).providers[0]?.newPeople,
      newPeople,
    )
  })
}
