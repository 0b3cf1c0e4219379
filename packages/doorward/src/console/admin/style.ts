// What the operator console needs besides the stylesheet of every page: room, tables, cards, charts, the timeline of a trace.
const CONSOLE = `
.console {
  display: grid;
  grid-template-columns: 12rem minmax(0, 1fr);
  grid-template-rows: auto 1fr auto;
  gap: 0 2rem;
  max-width: 84rem;
  margin-inline: auto;
  padding: 1.25rem clamp(.75rem, 3vw, 2rem) 2rem;
}
.console > header, .console > main, .console > footer { max-width: none; margin: 0 }
.console > header, .console > footer { grid-column: 1 / -1 }
.console > header { padding: 0 0 1rem; margin-bottom: 1.25rem; border-bottom: 1px solid var(--line) }
.console > main { padding: 0; background: none; border: 0; box-shadow: none; min-width: 0 }
.skip { position: absolute; left: -100vw }
.skip:focus { left: 1rem; top: .5rem; z-index: 1; padding: .4rem .8rem; background: var(--card) }
.sections { position: sticky; top: 1rem; align-self: start; min-width: 0 }
.sections ul { display: grid; gap: .15rem; margin: 0; padding: 0; list-style: none }
.sections a {
  display: flex;
  justify-content: space-between;
  align-items: baseline;
  gap: .5rem;
  padding: .42rem .75rem;
  border-radius: .5rem;
  border-left: 3px solid transparent;
  color: var(--ink);
  text-decoration: none;
}
.sections a:hover { background: var(--card) }
.sections a[aria-current] { background: var(--card); border-left-color: var(--accent); font-weight: 650 }
.count { padding: 0 .5rem; border-radius: 99px; font-size: .8125rem; font-weight: 650; background: var(--warn-ground); color: var(--warn) }
.console h1 { margin-bottom: .25rem }
.console > main > p.soft { max-width: 46rem }
.panel { margin-top: 1.25rem; padding: 1.1rem 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .8rem }
.panel > h2:first-child { margin-top: 0 }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 9rem), 1fr)); gap: .9rem; margin-top: 1.25rem }
.tile { padding: .9rem 1.1rem; background: var(--card); border: 1px solid var(--line); border-radius: .8rem; color: inherit; text-decoration: none }
a.tile:hover { border-color: var(--accent) }
.tile strong { display: block; font-size: 1.7rem; line-height: 1.2; letter-spacing: -.02em; font-variant-numeric: tabular-nums }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 0 1.25rem; align-items: start }
.scroll { overflow-x: auto }
.scroll:focus-visible { outline-offset: 3px }
table { width: 100%; border-collapse: collapse; font-size: .9063rem }
th, td { padding: .55rem .75rem .55rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line) }
td { min-width: 5.5rem; overflow-wrap: break-word }
td bdi, td .address { overflow-wrap: anywhere }
td:has(span.address, bdi.address, code) { min-width: 8rem }
td:has(.cause) { min-width: 13rem }
td .claimed, .facts .claimed { font-weight: inherit }
.panel > .facts:first-child { margin-top: 0; border-top: 0 }
.filter .row { justify-content: flex-start; align-items: center; min-height: 2.5rem; margin: 0 }
a.address { white-space: nowrap }
th { font-size: .8125rem; font-weight: 620; color: var(--soft); white-space: nowrap }
td form { display: inline }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
tr:last-child td { border-bottom: 0 }
time { white-space: nowrap }
td:not(:first-child) time { white-space: normal }
td:has(> a[href*="?id="]) { min-width: 8.75rem }
.state { display: inline-flex; align-items: center; gap: .35rem; padding: .05rem .6rem; border-radius: 99px; font-size: .8125rem; font-weight: 620; white-space: nowrap; background: var(--inset); color: var(--ink); border: 1px solid var(--line) }
.state.good, .state.bad, .state.warn { border-color: transparent }
.state.good { background: var(--good-ground); color: var(--good) }
.state.bad { background: var(--bad-ground); color: var(--bad) }
.state.warn { background: var(--warn-ground); color: var(--warn) }
.filter { display: flex; flex-wrap: wrap; gap: .6rem .75rem; align-items: end; margin-top: 1.1rem }
.filter > div { flex: 1 1 9rem; min-width: 0; max-width: 22rem }
.filter label { margin: 0 0 .25rem; font-size: .8125rem }
.filter .field, .filter button { min-height: 2.5rem; padding: .4rem .7rem }
.buttons { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: 1rem }
.buttons form { display: contents }
.buttons button, .buttons .button { min-height: 2.5rem; padding: .4rem 1rem }
.danger { background: var(--card); color: var(--bad); border-color: var(--bad) }
.danger:hover { background: var(--bad-ground) }
.pager { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; margin-top: 1rem }
.plainlist { margin: 0; padding: 0; list-style: none }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 1.1rem; margin-top: 1.25rem; align-items: start }
.cards .panel { margin: 0 }
.cards .facts { margin-top: .8rem }
.none { margin-top: 1.25rem; padding: 2rem 1rem; border: 1px dashed var(--edge); border-radius: .8rem; text-align: center; color: var(--soft) }
figure { margin: 0 }
figcaption { font-weight: 650 }
figcaption span { font-weight: 400 }
.chart { display: block; width: 100%; height: auto; margin-top: .6rem; color: var(--accent) }
.chart text { font-size: 11px; fill: var(--soft) }
.chart .axis { stroke: var(--line) }
.chart rect { fill: currentColor }
.figures { margin-top: .5rem }
.answer { margin-top: 1.25rem; padding: 1.1rem 1.25rem; border-radius: .8rem; border: 1px solid var(--line); background: var(--card); border-left: 5px solid var(--accent) }
.answer.bad { border-left-color: var(--bad); background: var(--card); color: inherit }
.answer.warn { border-left-color: var(--warn); background: var(--card); color: inherit }
.answer dt { margin-top: .8rem; font-size: .8125rem; font-weight: 650; color: var(--soft) }
.answer dd { margin: .1rem 0 0 }
.answer > p:first-child { margin-top: 0 }
.steps { margin: 1rem 0 0; padding: 0; list-style: none; counter-reset: step }
.steps > li { position: relative; padding: 0 0 1.1rem 2.9rem; counter-increment: step }
.steps > li::before {
  content: counter(step);
  position: absolute;
  left: 0;
  top: 0;
  width: 1.9rem;
  height: 1.9rem;
  display: grid;
  place-items: center;
  border-radius: 50%;
  font-size: .875rem;
  font-weight: 650;
  background: var(--card);
  border: 2px solid var(--edge);
  color: var(--soft);
}
.steps > li:not(:last-child)::after { content: ""; position: absolute; left: .9rem; top: 2.1rem; bottom: .15rem; border-left: 2px solid var(--line) }
.steps > .done::before { content: "✓" / ""; background: var(--good-ground); border-color: var(--good); color: var(--good) }
.steps > .refused::before { content: "✕" / ""; background: var(--bad-ground); border-color: var(--bad); color: var(--bad) }
.steps > .waiting::before { content: "…" / ""; background: var(--warn-ground); border-color: var(--warn); color: var(--warn) }
.steps > .not-reached { color: var(--soft) }
.steps > .here { padding-top: .9rem; padding-right: .9rem; margin: 0 0 1.1rem -.75rem; padding-left: 3.65rem; background: var(--card); border: 1px solid var(--bad); border-radius: .7rem }
.steps > .here::before { left: .75rem; top: .9rem }
.steps > .here:not(:last-child)::after { display: none }
.steps h3 { display: flex; flex-wrap: wrap; gap: .2rem .6rem; align-items: center; line-height: 1.9rem }
.steps p { margin: 0 }
.steps ul { margin: .4rem 0 0; padding: 0; list-style: none; font-size: .875rem }
.steps ul li { padding: .3rem 0; border-top: 1px solid var(--line) }
@media (max-width: 56rem) {
  .console { grid-template-columns: minmax(0, 1fr) }
  .sections { position: static; margin-bottom: 1.25rem }
  .sections ul { display: flex; flex-wrap: wrap }
  .sections a { padding: .3rem .65rem; border: 1px solid var(--line); border-radius: 99px; font-size: .875rem }
  .sections a[aria-current] { border-color: var(--accent) }
  .panel { padding: .9rem 1rem }
}
@media (max-width: 24rem) {
  time, .state { white-space: normal }
  .state { border-radius: .8rem }
}
@media print {
  .scroll { overflow: visible }
  .sections { display: none }
  .console { display: block }
  .panel { border: 0; padding: 0 }
}
@media (forced-colors: active) {
  .state, .count { border: 1px solid }
  .chart rect { fill: CanvasText }
}
`

/** What stands in pages of the console after the stylesheet of every page. */
export const CONSOLE_STYLE = CONSOLE.replace(/\s+/g, ' ')
  .replace(/\s*([{};,])\s*/g, '$1')
  .trim()
