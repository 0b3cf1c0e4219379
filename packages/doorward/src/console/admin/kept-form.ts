import { readForm } from '@doorward/core/oauth/form'
import { findKeptForm, keepForm, operatorBehind } from '../../authority/admin/kept-form.ts'
import { requirePermission } from '../../authority/admin/permissions.ts'
import type { AuthorityContext, Visit } from '../../authority/context.ts'
import { BROWSER, readCookie } from '../../authority/cookies.ts'
import { readFormBody } from '../../authority/http.ts'
import { formToken, lookAtFormToken } from '../form-token.ts'
import { seeOther } from '../send.ts'
import type { ActForm } from './act-form.ts'
import { type AdminCall, type AdminPost, type AdminView, asked, baseOf } from './call.ts'
import { askWhetherSure, showFilled } from './take-form.ts'

/** Below the base: a form that was kept while its operator signed in again. */
export const KEPT_PATH = '/again'

/** Boxes, and what a form remembers beside its fields. */
const ALSO = ['id', 'operator', 'secret', 'effect', 'kind', 'before']

/**
 * What wants a sign-in that is not older is kept, and comes back filled in after it. Nothing is done by that: the same person looks at
 * it again, and sends it.
 */
export async function signInFirst(
  { ctx, visit, user, browser, form }: Pick<AdminPost, 'ctx' | 'visit' | 'browser' | 'form'> & { user: { id: string } },
  wanted: ActForm,
  reason: 'sign_in_too_old' | 'admin_not_signed_in' = 'sign_in_too_old',
): Promise<Response> {
  const names = new Set([...wanted.fields, ...Object.values(wanted.inputs), ...ALSO])
  const sent = Object.fromEntries(
    [...names].flatMap((name) => {
      const value = form.get(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const id = await keepForm(ctx, browser, { path: wanted.path, userId: user.id, sent })
  ctx.audit({
    type: 'request.refused',
    outcome: 'refused',
    reason,
    ...visit,
    actor: user.id,
    detail: { form: wanted.key },
  })
  return seeOther(`${ctx.issuer}/sign-in?request=${formToken(ctx, browser, `/admin${KEPT_PATH}?form=${id}`)}`, [])
}

/**
 * What somebody sent who is signed in no more. An operator, by the page that they sent it from, signs in again and finds it filled in;
 * undefined for everybody else, who is told what every other stranger is.
 */
export async function signedOut(
  ctx: AuthorityContext,
  request: Request,
  visit: Visit,
  wanted: ActForm | undefined,
): Promise<Response | undefined> {
  const form = await readFormBody(request).catch(() => undefined)
  const browser = readCookie(ctx, request, BROWSER)
  const userId = lookAtFormToken(ctx, browser, form?.get('request') ?? '')?.userId
  if (form === undefined || browser === undefined || wanted === undefined || typeof userId !== 'string')
    return undefined
  const user = await operatorBehind(ctx, userId)
  if (user === undefined) return undefined
  if (wanted.isFinal || Object.keys(wanted.inputs).length > 0)
    return signInFirst({ ctx, visit, user, browser, form }, wanted, 'admin_not_signed_in')
  // One press does it: they look at what it stands beside, and press again.
  ctx.audit({ type: 'request.refused', outcome: 'refused', reason: 'admin_not_signed_in', ...visit, actor: user.id })
  return seeOther(`${ctx.issuer}/sign-in?request=${formToken(ctx, browser, `/admin${wanted.back(form)}`)}`, [])
}

/** The form again; whoever else comes by finds the console. */
export async function showKept(
  call: AdminCall,
  forms: readonly ActForm[],
  views: readonly AdminView[],
): Promise<Response> {
  const { ctx, browser, user, operator, query } = call
  const kept = await findKeptForm(ctx, browser, asked(query, 'form') ?? '', user.id)
  const wanted = forms.find(({ path }) => path === kept?.path)
  if (kept === undefined || wanted === undefined) return seeOther(baseOf(ctx), [])
  requirePermission(operator, wanted.permission)
  const sent = readForm(new URLSearchParams(kept.sent))
  if (Object.keys(wanted.inputs).length === 0)
    return askWhetherSure(call, wanted, sent, { kind: 'good', text: call.words.adminForms.aboutTo })
  return showFilled(call, wanted, sent, views, { status: 200 })
}
