import { certificate } from './certificate.ts'
import type { Constraint } from './constraint.ts'
import { dpop } from './dpop.ts'

export const CONSTRAINTS: readonly Constraint[] = [dpop, certificate]
