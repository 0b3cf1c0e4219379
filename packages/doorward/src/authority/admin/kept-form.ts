import { sha256 } from '@doorward/core/kernel/digest'
import { openFromBrowser, sealToBrowser } from '../authorize/pending.ts'
import type { AuthorityContext, StoredUser } from '../context.ts'

const KEPT_SECONDS = 600

/** What an operator sent, and who they were. */
export interface KeptForm {
  readonly path: string
  readonly userId: string
  readonly sent: Readonly<Record<string, string>>
}

/** Keeps a form, sealed to this browser, while its operator signs in again. Returns what it is found by. */
export async function keepForm(ctx: AuthorityContext, browser: string, form: KeptForm): Promise<string> {
  const id = Buffer.from(ctx.random(24)).toString('base64url')
  const until = ctx.now() + KEPT_SECONDS
  const sealed = sealToBrowser(ctx.keys.signIn, browser, until, ['kept form', form], ctx.random(12))
  await ctx.store.journeys.begin(keyOf(id), sealed, until)
  return id
}

/** The form again, for the same person in the same browser alone. */
export async function findKeptForm(
  ctx: AuthorityContext,
  browser: string,
  id: string,
  userId: string,
): Promise<KeptForm | undefined> {
  const sealed = await ctx.store.journeys.look(keyOf(id), ctx.now())
  const opened = openFromBrowser<[string, KeptForm]>(ctx.keys.signIn, browser, sealed ?? '', ctx.now())
  const kept = opened.verdict === 'good' && opened.value[0] === 'kept form' ? opened.value[1] : undefined
  return kept?.userId === userId ? kept : undefined
}

/** Who a page was shown to, while they are an operator. */
export async function operatorBehind({ store }: AuthorityContext, userId: string): Promise<StoredUser | undefined> {
  const user = await store.users.byId(userId)
  return user?.operator === true && user.disabledAt === undefined ? user : undefined
}

const keyOf = (id: string) => sha256(`form ${id}`)
