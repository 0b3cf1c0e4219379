import type { Form } from '@doorward/core/oauth/form'
import type { DerivedKeys } from '../context.ts'
import { openCode } from './code.ts'
import { openDeviceCode } from './device-code.ts'

export interface FlowOfCode {
  readonly correlation: string
  readonly grantId: string
}

/** The flow that a code of ours came out of, whoever presents it: a refusal then tells which attempt ended. */
export function flowOf(keys: Pick<DerivedKeys, 'code' | 'deviceCode'>, form: Form): FlowOfCode | undefined {
  const code = form.get('code')
  if (code !== undefined) return openCode(keys.code, code)
  const device = form.get('device_code')
  return device === undefined ? undefined : openDeviceCode(keys.deviceCode, device)
}
