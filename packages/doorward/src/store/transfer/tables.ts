/**
 * What becomes of each table when a backup is brought back that is older than what people have done since (decision 0026).
 *
 * - `kept`: as it was when the backup was made.
 * - `ended`: its rows were handed out and may have been taken back since, so all that is not ended yet ends now (`revoked_at`).
 * - `emptied`: the same for what has no end of its own to mark.
 *
 * Whoever adds a table says here which; `tablesAt` refuses to go on without, and with it a test.
 */
export const TABLES: Readonly<Record<string, 'kept' | 'ended' | 'emptied'>> = {
  attempts: 'kept',
  claims: 'kept',
  clients: 'kept',
  // Half-finished requests of devices and of people at an identity provider.
  devices: 'emptied',
  events: 'kept',
  grants: 'ended',
  identities: 'kept',
  invites: 'ended',
  journeys: 'emptied',
  // One of them may have leaked and been removed since. The next start makes a new one.
  keys: 'emptied',
  passkeys: 'kept',
  rules: 'kept',
  sessions: 'emptied',
  upstreams: 'kept',
  users: 'kept',
}
