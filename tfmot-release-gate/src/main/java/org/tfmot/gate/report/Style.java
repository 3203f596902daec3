package org.tfmot.gate.report;

/** The style sheet of the page; colours for light and dark. */
final class Style {

  static final String SHEET =
      """
      :root {
        color-scheme: light dark;
        --page: #f6f7f9; --card: #ffffff; --ink: #1b1f24; --soft: #57606a; --line: #d8dee4;
        --grid: #e9edf1; --pass: #1a7f37; --fail: #cf222e; --open: #9a6700; --run: #0969da;
        --passband: #dafbe1; --failband: #ffebe9; --openband: #fff8c5;
      }
      @media (prefers-color-scheme: dark) {
        :root {
          --page: #0d1117; --card: #161b22; --ink: #e6edf3; --soft: #9aa4af; --line: #30363d;
          --grid: #21262d; --pass: #4ac26b; --fail: #ff7b72; --open: #e3b341; --run: #6cb6ff;
          --passband: #12361f; --failband: #3d1a1d; --openband: #3a2d0a;
        }
      }
      * { box-sizing: border-box; }
      body { margin: 0; background: var(--page); color: var(--ink);
        font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
      main, header, footer { max-width: 1240px; margin: 0 auto; padding: 0 24px; }
      header { padding-top: 28px; }
      h1 { font-size: 26px; margin: 0 0 4px; }
      h2 { font-size: 19px; margin: 36px 0 12px; }
      h3 { font-size: 16px; margin: 0; overflow-wrap: anywhere; }
      .facts { color: var(--soft); margin: 0; overflow-wrap: anywhere; }
      .banner { display: flex; flex-wrap: wrap; gap: 6px 18px; align-items: baseline; margin: 20px 0 0;
        padding: 14px 20px; border-radius: 10px; border: 1px solid var(--line); }
      .banner strong { font-size: 21px; letter-spacing: .02em; }
      .banner.pass { background: var(--passband); border-color: var(--pass); }
      .banner.pass strong { color: var(--pass); }
      .banner.fail { background: var(--failband); border-color: var(--fail); }
      .banner.fail strong { color: var(--fail); }
      .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
        padding: 18px 20px; margin: 0 0 18px; }
      .wide { overflow-x: auto; padding: 4px 8px; }
      table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
      th, td { text-align: left; padding: 9px 12px; border-bottom: 1px solid var(--line);
        vertical-align: middle; }
      tr:last-child td { border-bottom: 0; }
      th { color: var(--soft); font-size: 13px; font-weight: 600; white-space: nowrap; }
      td:first-child { min-width: 190px; }
      details td:first-child { min-width: 0; }
      td.number, th.number { text-align: right; white-space: nowrap; }
      td small { color: var(--soft); white-space: nowrap; }
      td svg { width: 180px; height: 26px; display: block; }
      a { color: var(--run); text-decoration: none; overflow-wrap: anywhere; }
      a:hover, a:focus { text-decoration: underline; }
      code { font: 13px/1.5 ui-monospace, "SFMono-Regular", "DejaVu Sans Mono", monospace;
        background: var(--grid); border-radius: 5px; padding: 2px 6px; overflow-wrap: anywhere; }
      .state { display: inline-block; padding: 1px 10px; border-radius: 99px; font-size: 13px;
        font-weight: 600; white-space: nowrap; }
      .state.pass { color: var(--pass); background: var(--passband); }
      .state.fail { color: var(--fail); background: var(--failband); }
      .state.open { color: var(--open); background: var(--openband); }
      .title { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; }
      .figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr));
        gap: 16px; margin-top: 8px; }
      figure { margin: 0; }
      figure svg { width: 100%; height: auto; display: block; }
      figcaption { color: var(--soft); font-size: 13px; margin: 0 0 4px; font-weight: 600; }
      details { margin-top: 10px; }
      summary { cursor: pointer; color: var(--soft); }
      .problems ul { margin: 0; padding-left: 20px; }
      .problems li { margin: 4px 0; }
      .timeline { list-style: none; margin: 10px 0 0; padding: 0 0 0 8px; }
      .timeline li { position: relative; padding: 0 0 16px 26px; border-left: 2px solid var(--line); }
      .timeline li:last-child { border-left-color: transparent; padding-bottom: 2px; }
      .timeline li::before { content: ""; position: absolute; left: -7px; top: 6px; width: 12px;
        height: 12px; border-radius: 50%; background: var(--pass); }
      .timeline li.void::before { background: var(--card); border: 2px solid var(--soft); }
      .timeline li.void span.what { text-decoration: line-through; color: var(--soft); }
      .timeline time { color: var(--soft); font-size: 13px; margin-right: 10px; }
      .timeline em { color: var(--open); }
      footer { color: var(--soft); font-size: 13px; padding-bottom: 40px; }
      svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
        fill: var(--soft); }
      svg .axis { stroke: var(--soft); stroke-width: 1; }
      svg .grid { stroke: var(--grid); stroke-width: 1; }
      svg .level { stroke-width: 1.6; stroke-dasharray: 6 4; }
      svg .level.floor, svg .level.fail { stroke: var(--fail); }
      svg .level.documented, svg .level.pass { stroke: var(--pass); }
      svg .level-name.floor, svg .level-name.documented { paint-order: stroke;
        stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; }
      svg .level-name.floor, svg .level-name.fail { fill: var(--fail); }
      svg .level-name.documented, svg .level-name.pass { fill: var(--pass); }
      svg .band.pass { fill: var(--passband); }
      svg .band.fail { fill: var(--failband); }
      svg polyline { fill: none; }
      svg .run { stroke: var(--run); stroke-width: 1.6; stroke-opacity: .6; }
      svg .run.end { fill: var(--run); stroke: none; }
      svg .run.diverged { stroke: var(--fail); stroke-dasharray: 3 3; stroke-opacity: 1; }
      svg .run.end.diverged { fill: var(--fail); }
      svg polyline.evidence { stroke: var(--run); stroke-width: 2; }
      svg .evidence.end { fill: var(--run); }
      svg .value { fill: var(--run); fill-opacity: .55; }
      svg .diverged.end, svg .value.diverged { fill: var(--fail); fill-opacity: 1; }
      svg .interval { stroke: var(--ink); stroke-width: 3; stroke-linecap: round; }
      svg .estimate { fill: var(--ink); }
      @media print { body { background: #ffffff; } .card { break-inside: avoid; } }
      """;

  private Style() {}
}
