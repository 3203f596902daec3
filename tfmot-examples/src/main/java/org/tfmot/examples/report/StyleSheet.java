package org.tfmot.examples.report;

/** The look of the page, in a light and a dark theme. No character that XML would escape. */
final class StyleSheet {
  private StyleSheet() {}

  static final String CSS =
      """
      :root{color-scheme:light dark;--page:#f6f6f3;--card:#fff;--ink:#1a1a19;--ink2:#55544f;
      --line:#e1e0da;--track:#ecebe6;--warn:#8a4b00;--warnbg:#fff0d6;--link:#1c5cab;
      --c0:#77766f;--c1:#2a78d6;--c2:#15915f;--c3:#c98500;--c4:#6a55c9;--c5:#d63c3b;--c6:#c9487f;
      --c7:#d1551f}
      @media (prefers-color-scheme:dark){:root{--page:#121211;--card:#1c1c1a;--ink:#f3f2ee;
      --ink2:#b9b7ae;--line:#33322f;--track:#2b2a28;--warn:#ffc46b;--warnbg:#3a2a10;--link:#8bbcf5;
      --c0:#9d9b92;--c1:#4b94ea;--c2:#2fae80;--c3:#dc9a1c;--c4:#9d92f0;--c5:#ea6f6c;--c6:#e070a3;
      --c7:#ea7a45}}
      *{box-sizing:border-box}
      body{margin:0;background:var(--page);color:var(--ink);
      font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
      main,header,footer{max-width:1180px;margin:0 auto;padding:0 20px}
      header{padding-top:36px}footer{padding:24px 20px 48px;color:var(--ink2);font-size:14px}
      h1{font-size:30px;line-height:1.2;margin:0 0 8px;letter-spacing:-.01em}
      h2{font-size:21px;margin:44px 0 4px}h3{font-size:15px;margin:0 0 6px}
      p{margin:4px 0 14px;max-width:92ch}.note{color:var(--ink2);font-size:14px}
      a{color:var(--link)}code{font:13px ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
      .card p:last-child{margin-bottom:0}
      .env{max-width:none;color:var(--ink2);font-size:14px;margin:0 0 18px}
      .warn{background:var(--warnbg);color:var(--warn);border-radius:8px;padding:10px 14px;
      font-weight:600;max-width:none}
      .card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px 18px}
      .grid{display:grid;gap:16px;margin:12px 0}
      .wide{grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));align-items:start}
      .thin{grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));align-items:start}
      .tiles{grid-template-columns:repeat(auto-fit,minmax(min(100%,240px),1fr));margin:0 0 16px}
      .pair{display:grid;gap:10px;grid-template-columns:repeat(auto-fit,minmax(min(100%,210px),1fr))}
      .tile b{display:block;font-size:30px;line-height:1.15;letter-spacing:-.02em}
      .tile .line{display:block;color:var(--ink2);font-size:14px}
      .scroll{overflow-x:auto;scrollbar-width:thin}
      .scroll:focus-visible,summary:focus-visible,a:focus-visible{outline:2px solid var(--link);
      outline-offset:2px}
      table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:15px}
      th,td{text-align:right;padding:9px 10px;border-bottom:1px solid var(--line);white-space:nowrap;
      vertical-align:top}
      th:first-child,td:first-child,.l{text-align:left}
      thead th{color:var(--ink2);font-size:13px;font-weight:600;vertical-align:bottom;
      white-space:normal}
      tbody tr:last-child th,tbody tr:last-child td{border-bottom:0}
      tbody th{font-weight:600}.wrap{white-space:normal;min-width:180px}
      small{display:block;color:var(--ink2);font-size:12.5px;font-weight:400}
      .key{display:inline-block;width:10px;height:10px;border-radius:3px;background:var(--c);
      margin-right:8px}
      .meter{display:block;height:5px;border-radius:3px;background:var(--track);margin-top:5px;
      min-width:64px}
      .meter i{display:block;height:5px;border-radius:3px;background:var(--c);min-width:2px}
      svg{display:block;width:100%;height:auto;overflow:visible}
      svg text{fill:var(--ink);font-size:12px}svg .tick,svg .axis{fill:var(--ink2);font-size:11px}
      svg .value{font-size:11px;fill:var(--ink2)}svg .small{font-size:10px;fill:var(--ink2)}
      svg .name{font-weight:600}.mid{text-anchor:middle}.end{text-anchor:end}
      line.grid{stroke:var(--line);stroke-width:1}line.base{stroke:var(--ink2);stroke-width:.7}
      line.leader{stroke:var(--ink2);stroke-width:.7;opacity:.6}
      line.range{stroke:var(--ink);stroke-width:1.3}
      line.link{stroke:var(--c);stroke-width:2;opacity:.45}
      .fill,.dot{fill:var(--c)}.soft{fill:var(--c);opacity:.5}
      .area{fill:var(--c);opacity:.85}.ring{fill:var(--card);stroke:var(--c);stroke-width:2.5}
      .curve{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round}
      .hist td{padding:6px 8px;min-width:132px;text-align:left;font-size:12px;color:var(--ink2)}
      .hist th{font-size:13px}.hist thead th{text-align:left}
      details{margin:10px 0}summary{cursor:pointer;color:var(--link);padding:4px 0}
      details table{font-size:13.5px}details td,details th{padding:5px 10px}
      .none{--c:var(--c0)}.s0{--c:var(--c0)}.s1{--c:var(--c1)}.s2{--c:var(--c2)}.s3{--c:var(--c3)}
      .s4{--c:var(--c4)}.s5{--c:var(--c5)}.s6{--c:var(--c6)}.s7{--c:var(--c7)}
      @media (max-width:600px){main,header,footer{padding-left:12px;padding-right:12px}
      h1{font-size:24px}.card{padding:12px}th,td{padding:8px}}
      @media print{.card{break-inside:avoid}}
      """;
}
