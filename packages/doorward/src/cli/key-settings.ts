import { LIFETIMES } from '../authority/context.ts'
import type { KeySettings } from '../authority/keys/schedule.ts'
import type { HouseSettings } from './compose.ts'

const DAY = 86_400
const ROTATE_DAYS = 90
const CLOCKS_DIFFER_SECONDS = 600

/** When signing keys change, and how long one lingers: until the last token that it signed has ended everywhere. */
export function keySettings({ signingKeys, lifetimes }: HouseSettings): KeySettings {
  const { accessToken, boundAccessToken } = { ...LIFETIMES, ...lifetimes }
  return {
    algorithm: signingKeys?.algorithm ?? 'ES256',
    rotateSeconds: (signingKeys?.rotateDays ?? ROTATE_DAYS) * DAY,
    lingerSeconds: Math.max(accessToken, boundAccessToken) + CLOCKS_DIFFER_SECONDS,
  }
}
