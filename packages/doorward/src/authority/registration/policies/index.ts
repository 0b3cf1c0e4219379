import { fapi2 } from './fapi2.ts'
import { guarded } from './guarded.ts'
import type { Preset } from './policy.ts'
import { strict } from './strict.ts'
import { zeroTouch } from './zero-touch.ts'

/** From the most open to the most closed. */
export const PRESETS: readonly Preset[] = [zeroTouch, guarded, strict, fapi2]
