/** The look of the report page, light and dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f7f6f3; --card: #ffffff; --ink: #1d2327; --soft: #5f6b73; --rule: #e3e1db;
  --baseline: #5a7fa8; --baseline-fill: #dfe8f1; --candidate: #d97a1a; --candidate-fill: #f6d9b4;
  --good: #1f7a4d; --good-paper: #e4f3ea; --bad: #b3352c; --bad-paper: #fae6e3; --fault: #7a4fb0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181b; --card: #1c2226; --ink: #e7eaec; --soft: #98a4ac; --rule: #323a40;
    --baseline: #83a9d3; --baseline-fill: #263645; --candidate: #f0a04b; --candidate-fill: #573d1f;
    --good: #62c793; --good-paper: #19342a; --bad: #f08a80; --bad-paper: #40211f; --fault: #b493e6;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 40px 20px 64px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main { max-width: 1000px; margin: 0 auto; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
h2 { font-size: 21px; line-height: 1.35; margin: 2px 0 0; font-weight: 600; }
p { margin: 0; }
.lead { color: var(--soft); max-width: 70ch; margin-bottom: 28px; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; margin: 0 0 24px; overflow: hidden; }
.head { display: flex; gap: 16px; padding: 20px 24px; border-left: 6px solid var(--rule); }
.head.good { border-color: var(--good); background: var(--good-paper); }
.head.bad { border-color: var(--bad); background: var(--bad-paper); }
.sign { flex: none; width: 34px; height: 34px; margin-top: 4px; border-radius: 50%; color: var(--card); font-size: 19px; line-height: 34px; text-align: center; background: var(--soft); }
.good .sign { background: var(--good); }
.bad .sign { background: var(--bad); }
.details { margin: 6px 0 0; padding: 0; list-style: none; font-size: 14px; font-variant-numeric: tabular-nums; }
.details li { margin: 1px 0; }
.commit { color: var(--soft); font-size: 14px; }
code { font: 0.93em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.body { padding: 20px 24px 24px; }
.facts { display: flex; flex-wrap: wrap; gap: 10px 36px; margin: 0 0 22px; }
.facts dt { color: var(--soft); font-size: 13px; }
.facts dd { margin: 0; font-size: 17px; font-weight: 600; font-variant-numeric: tabular-nums; }
.below { display: flex; flex-wrap: wrap; gap: 20px 48px; margin-top: 20px; }
h3 { font-size: 14px; margin: 0 0 8px; }
ol { margin: 0; padding: 0; list-style: none; font-variant-numeric: tabular-nums; }
ol li { display: flex; gap: 10px; padding: 2px 0; }
ol time { color: var(--soft); width: 58px; text-align: right; flex: none; }
ol b { flex: none; width: 20px; height: 20px; margin-top: 1px; border-radius: 50%; font-size: 11px; line-height: 20px; text-align: center; color: var(--card); background: var(--soft); }
ol b.good { background: var(--good); } ol b.bad { background: var(--bad); } ol b.fault { background: var(--fault); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { font-weight: normal; font-size: 13px; color: var(--soft); text-align: right; }
th, td { padding: 3px 0 3px 26px; text-align: right; }
th:first-child, td:first-child { padding-left: 0; text-align: left; }
td { white-space: nowrap; }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 8px; }
.key.baseline { background: var(--baseline); } .key.candidate { background: var(--candidate); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 24px; margin-bottom: 14px; font-size: 13px; }
.wide { overflow-x: auto; max-width: 100%; }
@media (max-width: 620px) {
  body { padding: 24px 12px 40px; }
  .head { gap: 12px; padding: 16px; } .body { padding: 16px; }
  .sign { width: 26px; height: 26px; font-size: 15px; line-height: 26px; }
  h1 { font-size: 22px; } h2 { font-size: 17px; overflow-wrap: anywhere; }
  .facts { gap: 8px 28px; margin-bottom: 18px; }
  .facts dd { font-size: 15px; }
  th, td { padding-left: 12px; }
  .chart { min-width: 680px; }
}
.breaches { border-color: var(--bad); padding: 16px 24px; }
.breaches li { margin: 4px 0; }
footer { color: var(--soft); font-size: 13px; }
.chart { display: block; width: 100%; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.chart text { fill: var(--ink); }
.chart .title { font-size: 13.5px; font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 5px; }
.chart .explained { font-size: 12px; font-weight: normal; fill: var(--soft); }
.chart .tick { fill: var(--soft); font-variant-numeric: tabular-nums; }
.chart .value { font-size: 12px; font-weight: 600; fill: var(--candidate); }
.chart .grid { stroke: var(--rule); }
.chart .axis { stroke: var(--soft); }
.chart .fill-baseline { fill: var(--baseline-fill); }
.chart .fill-candidate { fill: var(--candidate-fill); }
.chart .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.chart .thin { stroke-width: 1; opacity: 0.6; }
.chart .line.baseline { stroke: var(--baseline); } .chart .line.candidate { stroke: var(--candidate); }
.chart .dot.baseline { fill: var(--baseline); }
.chart .dot.candidate { fill: var(--candidate); }
.chart .limit { stroke: var(--bad); stroke-dasharray: 6 4; }
.chart .limit-label { fill: var(--bad); font-size: 11.5px; paint-order: stroke; stroke: var(--card); stroke-width: 4px; }
.chart .line.for { stroke: var(--good); stroke-width: 2.5; } .chart .line.against { stroke: var(--bad); stroke-width: 2.5; }
.chart .line.for.thin { stroke-width: 1.2; opacity: 0.8; }
.chart .dash-1 { stroke-dasharray: 7 4; } .chart .dash-2 { stroke-dasharray: 2 3; } .chart .dash-3 { stroke-dasharray: 9 3 2 3; }
.chart .dot.for { fill: var(--good); } .chart .dot.against { fill: var(--bad); }
.chart .zone.against { fill: var(--bad-paper); }
.chart .need { stroke-dasharray: 6 4; stroke-width: 1.2; }
.chart .need.for { stroke: var(--good); } .chart .need.against { stroke: var(--bad); }
.chart .need-label { font-size: 11.5px; paint-order: stroke; stroke: var(--card); stroke-width: 4px; }
.chart .decided-label { font-size: 13px; font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 5px; }
.chart .need-label.for, .chart .decided-label.for { fill: var(--good); } .chart .need-label.against, .chart .decided-label.against { fill: var(--bad); }
.chart .need-label.against, .chart .decided-label.against { stroke: var(--bad-paper); }
.chart .decided { fill: var(--card); stroke-width: 2.5; } .chart .decided.for { stroke: var(--good); } .chart .decided.against { stroke: var(--bad); }
.chart .legend-text { font-size: 11.5px; fill: var(--soft); }
.chart .mark { fill: none; stroke: var(--soft); stroke-dasharray: 2 3; opacity: 0.75; }
.chart .mark.good { stroke: var(--good); } .chart .mark.bad { stroke: var(--bad); } .chart .mark.fault { stroke: var(--fault); }
.chart .badge { fill: var(--soft); }
.chart .badge.good { fill: var(--good); } .chart .badge.bad { fill: var(--bad); } .chart .badge.fault { fill: var(--fault); }
.chart text.badge-text { fill: var(--card); font-size: 10px; font-weight: 600; }
`;
