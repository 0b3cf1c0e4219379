/** The one stylesheet. Colours are pairs for light and dark; sizes are relative, so that zoom and large type work. */
export const STYLE = `
:root{color-scheme:light dark;
--ground:light-dark(#f4f1ec,#14130f);--card:light-dark(#fffdfa,#1e1c17);--ink:light-dark(#221f1a,#f0ece4);
--soft:light-dark(#5f584d,#b3aa9c);--line:light-dark(#ddd5c8,#3a362e);--accent:light-dark(#8a3b12,#f0a36b);
--on-accent:light-dark(#fffaf5,#1e1206);--warn-ground:light-dark(#fdf0d9,#33270f);--warn:light-dark(#6b4300,#f5cf8c);
--good-ground:light-dark(#e4f1e6,#17291b);--good:light-dark(#1c5a2c,#9bd8aa);--bad-ground:light-dark(#fbe6e3,#381a16);--bad:light-dark(#8f1f14,#f7b3aa);
--field:light-dark(#fff,#15140f);--edge:light-dark(#8d8476,#7d7567)}
*{box-sizing:border-box}
html{font:100%/1.55 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;background:var(--ground);color:var(--ink);display:flex;flex-direction:column;align-items:center;padding:2.5rem 1rem 1.5rem;overflow-wrap:anywhere}
header,main,footer{width:100%;max-width:29rem}header.wide,main.wide{max-width:46rem}
.mark{display:inline-flex;align-items:center;gap:.55rem;font-weight:650;letter-spacing:-.01em;color:var(--ink);text-decoration:none;margin:0 0 1.1rem .15rem}
.mark svg{width:1.5rem;height:1.5rem;color:var(--accent)}
main{background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:1.75rem;box-shadow:0 1px 2px rgb(0 0 0/.04),0 12px 32px -18px rgb(40 25 10/.28)}
h1{font-size:1.4rem;line-height:1.25;letter-spacing:-.018em;margin:0 0 .5rem;font-weight:680;text-wrap:balance}
h2{font-size:.8rem;font-weight:650;color:var(--soft);margin:1.4rem 0 .45rem}
p{margin:.5rem 0}.soft{color:var(--soft)}.small{font-size:.875rem}
.address,code,pre{font-family:ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;font-size:.9em}
.claimed{font-weight:600}
label{display:block;font-weight:600;font-size:.92rem;margin:1rem 0 .3rem}
input[type=email],input[type=password]{width:100%;font:inherit;color:inherit;background:var(--field);border:1px solid var(--edge);border-radius:.6rem;padding:.65rem .8rem}
button,.button{font:inherit;font-weight:620;border-radius:.65rem;border:1px solid transparent;padding:.72rem 1.1rem;min-height:2.9rem;cursor:pointer;text-decoration:none;display:inline-block;text-align:center}
.primary{background:var(--accent);color:var(--on-accent)}.secondary{background:transparent;color:var(--ink);border-color:var(--edge)}
.primary:hover{filter:brightness(1.08)}.secondary:hover{background:color-mix(in srgb,var(--ink) 6%,transparent)}
button[aria-disabled=true]{opacity:.65;cursor:progress}
.actions{display:flex;gap:.7rem;margin-top:1.5rem}.actions button{flex:1}.full{width:100%;margin-top:1.4rem}
a{color:var(--accent);text-underline-offset:.18em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.4rem}
.note{border-radius:.7rem;padding:.7rem .9rem;margin:.9rem 0;font-size:.93rem}.note p{margin:.2rem 0}
.warn{background:var(--warn-ground);color:var(--warn)}.good{background:var(--good-ground);color:var(--good)}.bad{background:var(--bad-ground);color:var(--bad)}
.badge{display:inline-block;border-radius:99px;padding:.16rem .7rem;font-size:.82rem;font-weight:640;margin-bottom:.55rem}
dl{margin:1.1rem 0 0;border-top:1px solid var(--line)}dl>div{padding:.8rem 0;border-bottom:1px solid var(--line)}
dt{font-size:.83rem;font-weight:620;color:var(--soft)}dd{margin:.1rem 0 0}
ul.scopes{list-style:none;margin:.2rem 0 0;padding:0}ul.scopes>li{padding:.3rem 0 .3rem 1.5rem;position:relative}
ul.scopes>li::before{content:"";position:absolute;left:.2rem;top:.78rem;width:.62rem;height:.34rem;border:solid var(--accent);border-width:0 0 2px 2px;transform:rotate(-45deg)}
summary{cursor:pointer;color:var(--soft);font-size:.875rem}details[open]>summary{margin-bottom:.4rem}
pre{background:var(--field);border:1px solid var(--line);border-radius:.6rem;padding:.8rem .9rem;margin:.4rem 0;white-space:pre-wrap;user-select:all}
.ref{user-select:all;font-size:1.1rem;letter-spacing:.06em;font-weight:600}
.row{display:flex;flex-wrap:wrap;gap:.3rem 1rem;justify-content:space-between;align-items:baseline}
.snippet{border-top:1px solid var(--line);padding:.75rem 0}.snippet summary{font-size:1rem;color:var(--ink);font-weight:620}
footer{color:var(--soft);font-size:.82rem;padding:1rem .2rem 0;text-align:center}
.plain{background:none;border:0;padding:0;min-height:0;color:var(--accent);text-decoration:underline;text-underline-offset:.18em;font-weight:500}
[hidden]{display:none}
@media (max-width:30rem){body{padding:1.2rem .6rem}main{padding:1.25rem 1.1rem;border-radius:.85rem}.actions{flex-direction:column}}
@media (forced-colors:active){main,.note,.badge{border:1px solid CanvasText}.primary{border-color:ButtonText}}
@media (prefers-reduced-motion:no-preference){button{transition:filter .12s,background .12s}}
`
