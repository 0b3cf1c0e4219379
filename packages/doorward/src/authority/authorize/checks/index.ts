import type { Check } from './check.ts'
import { dpopJkt } from './dpop-jkt.ts'
import { pkce } from './pkce.ts'
import { prompt } from './prompt.ts'
import { requestObject } from './request-object.ts'
import { resource } from './resource.ts'
import { responseType } from './response-type.ts'
import { scope } from './scope.ts'

/** In this order, after the destination is trusted. */
export const CHECKS: readonly Check[] = [requestObject, responseType, pkce, dpopJkt, resource, scope, prompt]
