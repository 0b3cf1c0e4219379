import type { OutputOf } from '../../../authority/admin/act.ts'
import { address, claimed, type Html, html, isolated } from '../../html.ts'
import { CAUTION } from '../../icons.ts'
import { moment } from '../../moment.ts'
import type { Page } from '../../views.ts'
import type { Words } from '../../words/words.ts'
import { consolePage, type Frame } from '../frame.ts'
import { actButton, none, option, state, table, typedInto, withQuery } from '../parts.ts'

export const EFFECTS = ['allow', 'deny'] as const
export const RULE_KINDS = ['clientId', 'domain', 'redirectHost', 'statementIssuer', 'softwareId'] as const

export interface GivenRule {
  readonly effect: (typeof EFFECTS)[number]
  readonly kind: (typeof RULE_KINDS)[number]
  readonly value: string
  readonly note: string
}

export interface RulesView {
  readonly frame: Frame
  readonly rules: OutputOf<'rules.list'>['rules']
  readonly given: Partial<GivenRule>
  /** What the rule that is being written would change; or why it is none. */
  readonly preview?: OutputOf<'rules.preview'> | { readonly problem: string } | undefined
}

/** Who is always admitted or refused; a new rule is looked at before it counts. */
export function rulesPage(view: RulesView, words: Words): Page {
  const { frame, rules, given } = view
  const { adminRules } = words
  const form = typedInto(frame, 'rule-added')
  const isWrong = view.preview !== undefined && 'problem' in view.preview
  return consolePage({
    words,
    frame,
    title: adminRules.title,
    main: html`<h1>${adminRules.title}</h1><p class="soft">${adminRules.lead}</p>
${rules.length === 0 ? none(adminRules.none) : html`<section class="panel">${listOf(view, words)}</section>`}
<section class="panel"><form method="get" action="${frame.base}/rules">
<label for="effect">${adminRules.effect}</label><select class="field" id="effect" name="effect">${EFFECTS.map((one) => option(one, adminRules.effects[one], given.effect))}</select>
<label for="kind">${adminRules.kind}</label><select class="field" id="kind" name="kind">${RULE_KINDS.map((one) => option(one, adminRules.kinds[one], given.kind))}</select>
<label for="value">${adminRules.value}</label><input class="field" id="value" name="value" required maxlength="2048" spellcheck="false" value="${given.value ?? ''}"${isWrong ? html` aria-describedby="wrong hint" aria-invalid="true" autofocus` : form.marks('value', 'hint')}><p class="small soft" id="hint">${adminRules.valueHint}</p>
<label for="note">${adminRules.note}</label><input class="field" id="note" name="note" maxlength="200" value="${given.note ?? ''}"${form.marks('note')}>
<div class="buttons"><button class="primary">${adminRules.preview}</button></div></form></section>
${view.preview !== undefined && html`<section class="panel" aria-labelledby="preview"><h2 id="preview">${adminRules.previewTitle}</h2>${previewOf(view, view.preview, words)}</section>`}`,
  })
}

function listOf({ frame, rules }: RulesView, words: Words): Html {
  const { adminRules } = words
  return table(
    adminRules.title,
    [
      { title: adminRules.effect },
      { title: adminRules.kind },
      { title: adminRules.value },
      { title: adminRules.note },
      { title: adminRules.by },
      { title: adminRules.remove },
    ],
    rules.map(({ id, effect, rule, note, createdAt }) => {
      const [kind = '', value = ''] = Object.entries(rule)[0] ?? []
      return [
        state(effect === 'deny' ? 'bad' : 'good', adminRules.effects[effect]),
        adminRules.kinds[kind as (typeof RULE_KINDS)[number]],
        address(String(value)),
        isolated(note),
        createdAt === undefined ? html`<span class="soft">${adminRules.configured}</span>` : moment(words, createdAt),
        id === undefined
          ? ''
          : actButton(frame, {
              path: '/rules/remove',
              fields: { id },
              label: adminRules.remove,
              look: 'plain',
              of: String(value),
            }),
      ]
    }),
  )
}

function previewOf({ frame, given }: RulesView, preview: NonNullable<RulesView['preview']>, words: Words): Html {
  const { adminRules } = words
  if ('problem' in preview)
    return html`<div class="note bad" role="alert" id="wrong">${CAUTION}<span><a href="#value">${adminRules.wrong}</a><span class="line small" lang="en">${preview.problem}</span></span></div>`
  const { effect = 'allow', kind = 'clientId', value = '', note = '' } = given
  const decided = ({ verdict, rule }: { verdict: 'allow' | 'ask' | 'refuse'; rule: string }) =>
    html`${adminRules.verdicts[verdict]}<span class="line small soft address">${claimed(rule)}</span>`
  return html`<p class="small soft">${adminRules.looked(preview.clients, preview.attempts)}</p>
<p><strong>${preview.changedClients === 0 ? adminRules.nothing : adminRules.changed(preview.changedClients, preview.changedAttempts, preview.endedGrants)}</strong></p>
${
  preview.changes.length > 0 &&
  table(
    adminRules.previewTitle,
    [
      { title: adminRules.application },
      { title: adminRules.before },
      { title: adminRules.after },
      { title: adminRules.attempts, isNumber: true },
      { title: adminRules.grants, isNumber: true },
    ],
    preview.changes.map((change) => [
      html`<a href="${withQuery(`${frame.base}/clients/one`, { id: change.client })}">${change.name === undefined ? address(change.client) : claimed(change.name)}</a>`,
      decided(change.before),
      decided(change.after),
      change.attempts,
      change.grants,
    ]),
  )
}
<div class="buttons">${actButton(frame, { path: '/rules/add', fields: { effect, kind, value, note }, label: adminRules.add, look: effect === 'deny' ? 'danger' : 'primary' })}</div>`
}
