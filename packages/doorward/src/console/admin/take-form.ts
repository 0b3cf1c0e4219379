import { OAuthError } from '@doorward/core/oauth/error'
import type { Form } from '@doorward/core/oauth/form'
import { requireFirstSending } from '../../authority/first-sending.ts'
import { FORM_SECONDS } from '../form-token.ts'
import { seeOther, send } from '../send.ts'
import type { Words } from '../words/words.ts'
import type { ActForm } from './act-form.ts'
import { type AdminCall, type AdminPost, type AdminView, baseOf, frameOf } from './call.ts'
import type { Frame, Returned } from './frame.ts'
import { ADMIN_PAGES } from './pages/index.ts'

/** Does it, and goes on by GET, so that a page that is loaded again does nothing again; what is final is asked about first. */
export async function takeForm(call: AdminPost, wanted: ActForm, views: readonly AdminView[]): Promise<Response> {
  const { ctx, form: sent, words } = call
  const back = `${baseOf(ctx)}${wanted.back(sent)}`
  if (wanted.isFinal && sent.get('sure') !== 'yes') return askWhetherSure(call, wanted, sent)
  try {
    if (wanted.showsOnce) await requireFirstSending(ctx, sent, FORM_SECONDS)
    const made = await wanted.run(call)
    if (made !== undefined)
      return send(ADMIN_PAGES.made({ frame: await frameOf(call, wanted.section), made, back }, words))
  } catch (error) {
    if (!(error instanceof OAuthError) || !mayComeBack(error) || Object.keys(wanted.inputs).length === 0) throw error
    return showFilled(call, wanted, sent, views, { problem: problemOf(error, wanted, words), status: error.status })
  }
  const to = new URL(back)
  to.searchParams.set('done', wanted.key)
  return seeOther(to.href, [])
}

/** The page of a form with what was typed, for another try or another look. */
export function showFilled(
  call: AdminCall,
  wanted: ActForm,
  sent: Form,
  views: readonly AdminView[],
  why: Pick<Returned, 'problem' | 'status'>,
): Promise<Response> {
  const at = new URL(wanted.at(sent), baseOf(call.ctx))
  const view = views.find(({ path }) => path === at.pathname)
  if (view === undefined) throw new Error(`${wanted.key} stands on no page`)
  // What was there before is looked at anew where it was refused for that, and not where the form was only kept.
  const names = [...Object.values(wanted.inputs), ...BOXES, ...(why.problem === undefined ? ['before'] : [])]
  const values = names.flatMap((name) => {
    const value = sent.get(name)
    // Browsers send the end of a line as two characters (HTML §4.10.21.4); a page has one.
    return value === undefined ? [] : [[name, value.replaceAll('\r\n', '\n')] as const]
  })
  const returned = { key: wanted.key, sent: Object.fromEntries(values), ...why }
  return view.show({ ...call, query: at.searchParams, returned })
}

const BOXES = ['operator', 'secret']

/** Asked before something that cannot be taken back. */
export async function askWhetherSure(
  call: AdminCall,
  wanted: ActForm,
  sent: Form,
  notice?: Frame['notice'],
): Promise<Response> {
  const base = baseOf(call.ctx)
  const fields = Object.fromEntries(
    wanted.fields.flatMap((name) => {
      const value = sent.get(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const frame = { ...(await frameOf(call, wanted.section)), notice }
  const view = { frame, key: wanted.key, action: `${base}${wanted.path}`, fields, back: `${base}${wanted.back(sent)}` }
  return send(ADMIN_PAGES.sure(view, call.words))
}

/** What an operator can mend in the form. That something is not there, or not theirs to do, they cannot. */
function mayComeBack({ status }: OAuthError): boolean {
  return status === 400 || status === 409
}

// What is refused by another word than that of its input, by the beginning of its reason.
const FIELD_OF: readonly (readonly [string, string])[] = [
  ['admin_person', 'email'],
  ['admin_groups', 'groups'],
  ['admin_rule', 'value'],
  ['admin_scope', 'scope'],
  ['metadata_scope', 'scope'],
  ['metadata_client_name', 'name'],
  ['redirect_', 'redirect_uris'],
]

function problemOf(
  error: OAuthError,
  { key, inputs }: ActForm,
  { adminForms }: Words,
): NonNullable<Returned['problem']> {
  const [member = ''] = String(error.detail?.input ?? '').split('.')
  const fields = Object.values(inputs)
  const field =
    (Object.hasOwn(inputs, member) ? inputs[member] : undefined) ??
    FIELD_OF.find(([beginning, name]) => error.reason.startsWith(beginning) && fields.includes(name))?.[1]
  const reasons: Readonly<Record<string, string>> = adminForms.reasons
  const hints: Readonly<Record<string, string>> = adminForms.fields
  return {
    field,
    text: reasons[error.reason] ?? (field === undefined ? undefined : hints[`${key} ${field}`]) ?? adminForms.wrong,
    exactly: error.description,
  }
}
