import type { Form } from '@doorward/core/oauth/form'
import type { DerivedKeys } from '../context.ts'
import { openCode } from './code.ts'
import { openDeviceCode } from './device-code.ts'
import { readRefreshToken } from './refresh-token.ts'

export interface FlowOf {
  /** A refresh token says no more than its grant. */
  readonly correlation?: string
  readonly grantId: string
}

/** The flow that a code or a refresh token of ours came out of, whoever presents it: a refusal then tells which attempt it is about. */
export function flowOf(
  keys: Pick<DerivedKeys, 'code' | 'deviceCode' | 'refreshToken'>,
  form: Form,
): FlowOf | undefined {
  const code = form.get('code')
  if (code !== undefined) return openCode(keys.code, code)
  const device = form.get('device_code')
  if (device !== undefined) return openDeviceCode(keys.deviceCode, device)
  const token = form.get('refresh_token')
  return token === undefined ? undefined : readRefreshToken(keys.refreshToken, token)
}
