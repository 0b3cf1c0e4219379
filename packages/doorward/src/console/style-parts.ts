/** What the pages are put together from: fields, buttons, badges, facts, scopes, addresses to copy. */
export const PARTS = `
label { display: block; margin: 1.1rem 0 .375rem; font-size: .9375rem; font-weight: 600 }
.field {
  width: 100%;
  min-height: 2.875rem;
  padding: .6rem .8rem;
  font: inherit;
  color: inherit;
  background: var(--field);
  border: 1px solid var(--edge);
  border-radius: .55rem;
}
.field:focus-visible { outline-offset: -1px; border-color: var(--accent); border-radius: .55rem }
button, .button {
  min-height: 2.875rem;
  padding: .6rem 1.1rem;
  font: inherit;
  font-weight: 620;
  border: 1px solid transparent;
  border-radius: .55rem;
  cursor: pointer;
}
button:focus-visible, .button:focus-visible { border-radius: .55rem }
.button { text-align: center; text-decoration: none }
.checkbox { width: 1.25rem; height: 1.25rem; accent-color: var(--accent) }
.primary { background: var(--accent); color: var(--on-accent) }
.primary:hover { background: var(--accent-strong) }
.secondary { background: transparent; color: var(--ink); border-color: var(--edge) }
.secondary:hover { background: var(--inset); border-color: var(--ink) }
.plain {
  min-height: 1.5rem;
  padding: 0;
  font-weight: inherit;
  background: none;
  color: var(--accent);
  border: 0;
  text-decoration: underline 1px;
  text-underline-offset: .2em;
}
button[aria-disabled=true] { opacity: .6; cursor: progress; pointer-events: none }
.actions { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; margin-top: 1.5rem }
label.bare { display: inline; margin: 0; font-size: inherit; font-weight: inherit }
a.small { display: inline-block; min-height: 1.5rem }
.full { width: 100%; margin-top: 1.5rem }
a.full { display: block }
.logo { width: 2rem; height: 2rem; margin-right: .5rem; border-radius: .4rem; object-fit: contain; vertical-align: middle }
.badge {
  display: inline-flex;
  align-items: center;
  gap: .4rem;
  margin: 0 0 .75rem;
  padding: .2rem .65rem .2rem .5rem;
  border-radius: 99px;
  font-size: .8125rem;
  font-weight: 620;
}
.badge code { font-size: 1em }
.badge svg, .note svg { flex: none; width: 1rem; height: 1rem }
.note { display: flex; gap: .5rem; margin: 1rem 0 0; padding: .6rem .75rem; border-radius: .55rem; font-size: .9063rem; line-height: 1.45 }
.note svg { margin-top: .18rem }
.note a { color: inherit }
.note + h1 { margin-top: 1rem }
.field[aria-invalid=true] { border-color: var(--bad) }
.warn { background: var(--warn-ground); color: var(--warn) }
.good { background: var(--good-ground); color: var(--good) }
.bad { background: var(--bad-ground); color: var(--bad) }
.or { display: flex; gap: .75rem; align-items: center; margin: 1.25rem 0 }
.or::before, .or::after { flex: 1; border-top: 1px solid var(--line); content: '' }
.facts { margin: 1.35rem 0 0; border-top: 1px solid var(--line) }
.facts { font-size: .9688rem }
.facts > div { display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: .1rem 1rem; padding: .7rem 0; border-bottom: 1px solid var(--line) }
.facts dt { font-size: .875rem; line-height: 1.5rem; color: var(--soft) }
.facts dd { margin: 0; min-width: 0 }
.facts .note { margin: .5rem 0 .15rem }
.facts .address { color: var(--soft) }
.line { display: block }
.code { font-family: var(--mono); font-size: 1.375rem; line-height: 1.5; font-weight: 620; letter-spacing: .1em }
input.code { text-align: center; text-transform: uppercase }
.row { display: flex; flex-wrap: wrap; gap: .1rem 1rem; align-items: baseline; justify-content: space-between }
label.row { align-items: center }
.accounts { display: grid; gap: .9rem; margin: 1.25rem 0 0; padding: 0; list-style: none }
.accounts form { display: grid; gap: .15rem; justify-items: end }
.accounts .secondary { margin-top: 0; overflow-wrap: anywhere }
.facts .plain { text-align: start }
.item { margin-top: .75rem }
.item > span, .item > .field { flex: 1 1 9rem; min-width: 0 }
.scopes { display: grid; gap: .55rem; margin: 0; padding: 0; list-style: none }
.scopes > li { position: relative; padding-left: 1.5rem }
.scopes > li::before {
  content: "";
  position: absolute;
  left: .15rem;
  top: .48rem;
  width: .68rem;
  height: .38rem;
  border: solid var(--accent);
  border-width: 0 0 2px 2px;
  rotate: -45deg;
}
.scopes > .pick { padding-left: 2rem }
.scopes > .pick::before { content: none }
.pick .checkbox { position: absolute; left: 0; top: .1rem; margin: 0 }
.kind { display: inline-flex; gap: .25rem; align-items: center; padding: 0 .4rem; border: 1px solid var(--line); border-radius: 99px; font-size: .75rem; font-weight: 620 }
.kind svg { width: .8rem; height: .8rem }
.facts dd > .field + .line, .scopes + .line { margin-top: .45rem }
.elsewhere { margin-top: 1.25rem; padding-top: .9rem; border-top: 1px solid var(--line) }
.elsewhere .full { margin-top: 1rem }
.added { padding: .55rem .7rem; background: var(--inset); border: 1px solid var(--line); border-radius: .55rem }
.added > li > bdi { font-weight: 620 }
.added > li::before { content: "+" / ""; left: .15rem; top: -.05rem; width: auto; height: auto; border: 0; rotate: none; font-size: 1.15rem; font-weight: 700; color: var(--accent) }
.kept { gap: .15rem; margin-bottom: .4rem }
.kept > li::before { left: .2rem; width: .56rem; height: .32rem; border-color: var(--soft) }
.unavailable > li::before { content: "–" / ""; left: .2rem; top: 0; width: auto; height: auto; border: 0; rotate: none }
.detail { display: grid; gap: .3rem; margin: .35rem 0 .2rem }
.detail > div { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 2fr); gap: 0 .75rem }
.detail .claimed { overflow-wrap: anywhere; white-space: pre-wrap }
summary { min-height: 1.5rem; cursor: pointer; color: var(--soft); font-size: .875rem }
summary:hover { color: var(--ink) }
.copy { position: relative; margin-top: .5rem }
pre {
  margin: 0;
  padding: .65rem .85rem;
  background: var(--inset);
  border: 1px solid var(--line);
  border-radius: .55rem;
  font-size: .875rem;
  line-height: 1.55;
  white-space: pre-wrap;
  tab-size: 2;
  user-select: all;
}
.copy:has(button) pre { padding-right: 5.5rem }
.copy button {
  position: absolute;
  top: .44rem;
  right: .44rem;
  min-height: 1.9rem;
  padding: .1rem .65rem;
  font-size: .8125rem;
  color: var(--ink);
  background: var(--card);
  border-color: var(--line);
  border-radius: .4rem;
}
.copy button:hover { border-color: var(--edge) }
.reference pre { font-size: 1.125rem; line-height: 1.2056; font-weight: 600; letter-spacing: .06em }
.snippets { margin-top: .75rem; border-top: 1px solid var(--line) }
.snippets details + details { border-top: 1px solid var(--line) }
.snippets summary { padding: .7rem .1rem; font-size: 1rem; font-weight: 600; color: var(--ink) }
.snippets details > div { padding-bottom: 1rem }
.snippets details p { margin: 0 }
.choices { display: grid; gap: .75rem; margin: 1.35rem 0 0; padding: 0; list-style: none }
.choices a {
  display: block;
  padding: .8rem 1rem;
  color: inherit;
  text-decoration: none;
  border: 1px solid var(--edge);
  border-radius: .55rem;
}
.choices a:hover { background: var(--inset); border-color: var(--accent) }
.choices a:focus-visible { border-radius: .55rem }
.choices .address { color: var(--soft) }
h3 { margin: 0; font-size: .9375rem; line-height: 1.4 }
.contents { display: flex; flex-wrap: wrap; gap: .35rem 1.1rem; margin: 1rem 0 0; padding: 0; list-style: none; font-size: .9375rem }
.contents a { display: inline-block; min-height: 1.5rem }
nav .contents { margin: 0 0 1.1rem }
.portion { margin-top: 1rem }
[aria-current=page] { color: inherit; font-weight: 620; text-decoration: none }
.card { margin-top: 1.25rem; padding: 1rem 1.1rem 1.1rem; border: 1px solid var(--line); border-radius: .7rem }
.card h2 { margin: 0 }
.card .facts { margin: .75rem 0 }
.card .full { margin-top: 1rem }
.card details form { margin-top: .9rem }
.all { margin-top: 1.5rem }
fieldset { margin: 0 0 .9rem; padding: 0; border: 0 }
legend { padding: 0; font-size: .9375rem; font-weight: 600 }
.choice { display: flex; gap: .65rem; align-items: start; margin: .6rem 0 0; font-weight: inherit }
.choice .checkbox { flex: none; margin: .12rem 0 0 }
details .secondary { margin-top: .75rem }
.reason { margin-top: .75rem; padding: .75rem .85rem; border: 1px solid var(--line); border-radius: .55rem; scroll-margin-top: 1rem }
.reason:target { border-color: var(--accent); background: var(--inset); outline: 1px solid var(--accent) }
@media (max-width: 29.5rem) {
  body { padding-inline: .625rem }
  .facts { font-size: .9688rem }
.facts > div, .detail > div { grid-template-columns: minmax(0, 1fr) }
}
@media (max-width: 20rem) { .actions { grid-template-columns: 1fr } }
@media (max-width: 15rem) { main, .card { padding-inline: .6rem } }
@media (forced-colors: active) {
  .badge, .note, .primary, .secondary { border: 1px solid }
}
@media (prefers-reduced-motion: no-preference) {
  button, .choices a { transition: background-color .12s, border-color .12s }
}
`
