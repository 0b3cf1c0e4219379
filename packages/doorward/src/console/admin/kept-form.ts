import { readForm } from '@doorward/core/oauth/form'
import { findKeptForm, keepForm } from '../../authority/admin/kept-form.ts'
import { requirePermission } from '../../authority/admin/permissions.ts'
import { formToken } from '../form-token.ts'
import { seeOther } from '../send.ts'
import { type AdminCall, type AdminPost, type AdminView, asked, baseOf } from './call.ts'
import type { ActForm } from './forms.ts'
import { askWhetherSure, showFilled } from './take-form.ts'

/** Below the base: a form that was kept while its operator signed in again. */
export const KEPT_PATH = '/again'

/** Boxes, and what a form remembers beside its fields. */
const ALSO = ['id', 'operator', 'secret', 'effect', 'kind', 'before']

/**
 * What wants a sign-in that is not older is kept, and comes back filled in after it. Nothing is done by that: the same person looks at
 * it again, and sends it.
 */
export async function signInFirst(call: AdminPost, wanted: ActForm): Promise<Response> {
  const { ctx, visit, user, browser, form } = call
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
    reason: 'sign_in_too_old',
    ...visit,
    actor: user.id,
    detail: { form: wanted.key },
  })
  return seeOther(`${ctx.issuer}/sign-in?request=${formToken(ctx, browser, `/admin${KEPT_PATH}?form=${id}`)}`, [])
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
