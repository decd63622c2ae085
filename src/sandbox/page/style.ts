/** The looks of the page at `/_sandbox`: light and dark, readable at any width, focus always visible. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f6f7fb; --card: #fff; --ink: #1c2333; --soft: #596579; --line: #dde2ec;
  --accent: #2f5bea; --accent-ink: #fff; --good: #14743c; --warn: #8a5300; --bad: #b3261e;
  --good-ground: #e3f5ea; --warn-ground: #fdf0da; --bad-ground: #fce8e6; --soft-ground: #eef1f7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12151d; --card: #1b202b; --ink: #e7ebf3; --soft: #a3aec2; --line: #2d3546;
    --accent: #8eabff; --accent-ink: #10172b; --good: #7fd9a2; --warn: #f3c374; --bad: #ff9d94;
    --good-ground: #143524; --warn-ground: #3a2c12; --bad-ground: #421d1a; --soft-ground: #262d3b;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 78rem; padding: 1.25rem 1.5rem 4rem; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { margin: 0; font-size: 1.45rem; letter-spacing: -0.01em; }
h2 { margin: 0.5rem 0; font-size: 1rem; }
p { margin: 0.35rem 0; }
code, pre, .mono { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; font-size: 0.9em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
[hidden] { display: none !important; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--card); padding: 0.5rem 1rem; z-index: 2; }
header { display: flex; gap: 1rem 2rem; align-items: flex-start; justify-content: space-between; flex-wrap: wrap; }
.title p, .hint, .empty, time { color: var(--soft); }
.live { display: flex; gap: 0.5rem; align-items: center; white-space: nowrap; }
.dot { width: 0.65rem; height: 0.65rem; border-radius: 50%; background: var(--soft); }
.dot.on { background: var(--good); } .dot.off { background: var(--bad); }
.connection { display: flex; flex-wrap: wrap; gap: 0.5rem 1.75rem; margin: 1rem 0 0; }
.connection div { display: flex; gap: 0.5rem; align-items: baseline; }
dt { color: var(--soft); font-size: 0.85rem; } dd { margin: 0; }
.status { min-height: 1.5rem; color: var(--good); } .status.bad { color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: 0.75rem; margin: 0 0 1.25rem; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 0.65rem 0.9rem; }
.tiles dt { text-transform: capitalize; } .tiles dd { font-size: 1.5rem; font-variant-numeric: tabular-nums; line-height: 1.2; }
.tabs { display: flex; flex-wrap: wrap; gap: 0.25rem; border-bottom: 1px solid var(--line); }
.tabs button { border: 0; border-bottom: 3px solid transparent; border-radius: 6px 6px 0 0; background: none; color: var(--soft); padding: 0.55rem 0.85rem; }
.tabs button[aria-selected="true"] { color: var(--ink); border-bottom-color: var(--accent); font-weight: 600; }
[role="tabpanel"] { background: var(--card); border: 1px solid var(--line); border-top: 0; border-radius: 0 0 10px 10px; padding: 1rem 1.1rem; min-height: 14rem; }
button, input, select { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 7px; padding: 0.35rem 0.7rem; }
button { cursor: pointer; } button:hover { border-color: var(--accent); }
form button:not([type="button"]) { background: var(--accent); color: var(--accent-ink); border-color: var(--accent); }
button.danger { color: var(--bad); } button.copy { font-size: 0.75rem; padding: 0.05rem 0.45rem; }
button.plain { border: 0; background: none; padding: 0; color: var(--accent); text-align: left; text-decoration: underline; text-underline-offset: 2px; }
.bar { display: flex; flex-wrap: wrap; gap: 0.6rem 1rem; align-items: end; margin-bottom: 0.9rem; }
.bar label { color: var(--soft); font-size: 0.85rem; } .bar > div { display: grid; gap: 0.15rem; }
#fault-times { width: 6rem; } .bar > label { align-self: center; }
.bar form { display: flex; gap: 0.5rem; align-items: center; margin-left: auto; }
#search { min-width: 16rem; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: 0.85rem; }
th, td { padding: 0.45rem 0.6rem 0.45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.chip, mark { display: inline-block; border-radius: 999px; padding: 0 0.55rem; margin: 0 0.25rem 0.15rem 0; font-size: 0.82rem; background: var(--soft-ground); color: inherit; }
.chip.good, mark.documented, .s2 { background: var(--good-ground); color: var(--good); }
.chip.warn, mark.observed, .s3, .s4 { background: var(--warn-ground); color: var(--warn); }
.chip.bad, mark.unknown, .s5, .s0 { background: var(--bad-ground); color: var(--bad); }
.stream, .named { list-style: none; margin: 0; padding: 0; }
.stream > li { padding: 0.4rem 0; border-bottom: 1px solid var(--line); display: flex; gap: 0.75rem; align-items: baseline; }
.stream time { flex: 0 0 5.2rem; font-variant-numeric: tabular-nums; }
.stream .what { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.detail { color: var(--soft); }
.requests summary { cursor: pointer; overflow-wrap: anywhere; }
.requests .method { display: inline-block; min-width: 4.2em; font-weight: 600; }
pre { background: var(--soft-ground); border-radius: 8px; padding: 0.7rem; overflow: auto; max-height: 20rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1.5rem; }
.named li { display: flex; justify-content: space-between; gap: 1rem; padding: 0.4rem 0; border-bottom: 1px solid var(--line); }
.switches { display: grid; grid-template-columns: repeat(auto-fit, minmax(21rem, 1fr)); gap: 0.9rem 2rem; }
.switch { display: grid; grid-template-columns: 1fr auto; gap: 0.2rem 1rem; align-items: center; align-content: start; border-bottom: 1px solid var(--line); padding-bottom: 0.7rem; }
.switch label { font-weight: 600; } .switch p { grid-column: 1 / -1; color: var(--soft); font-size: 0.88rem; }
.switch input[type="number"] { width: 7rem; } .switch input[type="checkbox"] { width: 1.2rem; height: 1.2rem; }
.facts { display: block; }
dialog { border: 1px solid var(--line); border-radius: 12px; background: var(--card); color: var(--ink); width: min(44rem, 92vw); padding: 1.25rem 1.5rem; }
dialog form { margin-top: 1rem; }
dialog::backdrop { background: rgb(10 14 25 / 0.5); }
dialog dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1.25rem; }
@media (prefers-reduced-motion: no-preference) { .fresh { animation: fresh 1.6s ease-out; } }
@keyframes fresh { from { background: var(--good-ground); } }
`;
