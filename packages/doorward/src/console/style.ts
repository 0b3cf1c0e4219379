import { PARTS } from './style-parts.ts'

// Colours are pairs for light and dark; sizes are relative, so that zoom and large type work.
const BASE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f2f4f3, #0c0f0e);
  --card: light-dark(#ffffff, #151918);
  --ink: light-dark(#13201b, #e8eeeb);
  --soft: light-dark(#55625d, #9daca5);
  --line: light-dark(#e0e6e3, #29312e);
  --edge: light-dark(#818e88, #6f7d76);
  --field: light-dark(#ffffff, #0f1312);
  --inset: light-dark(#f5f7f6, #101413);
  --accent: light-dark(#0b5a46, #74d6b5);
  --accent-strong: light-dark(#08473a, #93e2c8);
  --on-accent: light-dark(#ffffff, #05231a);
  --good: light-dark(#0b5a46, #8fdcc1);
  --good-ground: light-dark(#e4f2ed, #12291f);
  --warn: light-dark(#7a4300, #f3c27d);
  --warn-ground: light-dark(#fdf2df, #2d210d);
  --bad: light-dark(#a3211a, #ffada3);
  --bad-ground: light-dark(#fcebe9, #34150f);
  --mono: ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
*, ::before, ::after { box-sizing: border-box }
[hidden] { display: none !important }
html {
  font: 100%/1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  -webkit-text-size-adjust: 100%;
  -webkit-font-smoothing: antialiased;
}
body {
  margin: 0;
  min-height: 100vh;
  min-height: 100dvh;
  padding: clamp(1rem, 5vh, 3.5rem) 1rem 2rem;
  background: var(--ground);
  color: var(--ink);
  overflow-wrap: anywhere;
}
header, main, footer { width: 100%; max-width: 32rem; margin-inline: auto }
.wide header, .wide main, .wide footer { max-width: 46rem }
header {
  display: flex;
  flex-wrap: wrap;
  gap: .25rem 1rem;
  align-items: center;
  justify-content: space-between;
  padding: 0 .25rem 1rem;
}
.mark { display: inline-flex; align-items: center; gap: .5rem; font-size: 1.06rem; font-weight: 650; letter-spacing: -.015em }
.mark svg { width: 1.5rem; height: 1.5rem; color: var(--accent) }
main {
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: .9rem;
  padding: clamp(1.15rem, 5vw, 2rem);
  box-shadow: 0 1px 2px rgb(9 30 22/.05), 0 18px 40px -24px rgb(9 30 22/.28);
}
footer { padding: 1rem .25rem 0; color: var(--soft); font-size: .8125rem; text-align: center }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.22; font-weight: 680; letter-spacing: -.022em; text-wrap: balance }
h2 { margin: 1.75rem 0 .5rem; font-size: 1rem; line-height: 1.3; font-weight: 650; letter-spacing: -.008em }
h1:focus { outline: none }
p { margin: .5rem 0 0 }
strong, .claimed { font-weight: 620 }
bdi { unicode-bidi: isolate }
.soft { color: var(--soft) }
.soft strong, .soft .claimed { color: var(--ink) }
.small { font-size: .875rem }
.address, code, pre { font-family: var(--mono); font-size: .875em }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .2em }
a:hover { color: var(--accent-strong); text-decoration-thickness: 2px }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: .3rem }
`

/** The one stylesheet, as it stands in every page. */
export const STYLE = `${BASE}${PARTS}`
  .replace(/\s+/g, ' ')
  .replace(/\s*([{};,])\s*/g, '$1')
  .trim()
