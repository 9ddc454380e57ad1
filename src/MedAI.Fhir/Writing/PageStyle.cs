using System.Security.Cryptography;
using System.Text;

namespace MedAI.Fhir.Writing;

/// <summary>The one style sheet of the result page and the policy that allows it and nothing else.</summary>
internal static class PageStyle
{
    /// <summary>Content of the style element.</summary>
    public static readonly string Css = """
        :root{color-scheme:light dark;--ink:#17212b;--soft:#5b6875;--line:#dfe4ea;--page:#f3f5f8;--card:#fff;--accent:#1f5fa8;--up:#b9541a;--down:#2a6f9e;--info:#2a6f9e;--warning:#a86200;--critical:#a3242f;--wash:#eef2f7;--plot:#1f5fa8}
        @media (prefers-color-scheme:dark){:root{--ink:#e6ebf1;--soft:#9aa7b5;--line:#2d3742;--page:#10151b;--card:#19212a;--accent:#7db4ef;--up:#f0a06a;--down:#7cc0ea;--info:#7cc0ea;--warning:#f2bb5c;--critical:#ff8a90;--wash:#222c37;--plot:#7db4ef}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
        main{max-width:68rem;margin:0 auto;padding:1.25rem}
        header{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;justify-content:space-between;align-items:baseline;margin-bottom:1rem}
        h1{font-size:1.3rem;margin:0;font-weight:650}
        h2{font-size:1rem;margin:0 0 .75rem;font-weight:650}
        h3{font-size:.85rem;margin:1rem 0 .25rem;font-weight:650;color:var(--soft)}
        p{margin:.25rem 0}
        section{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1.1rem 1.25rem;margin:0 0 1rem}
        .soft{color:var(--soft)}.small{font-size:.85rem}
        .banner{border-radius:.6rem;padding:.7rem 1.25rem;margin:0 0 1rem;font-weight:600;border:1px solid var(--warning);color:var(--warning);background:var(--card)}
        .caution{border-left:.3rem solid var(--warning)}
        .risk{display:grid;grid-template-columns:minmax(13rem,auto) 1fr;gap:1rem 2.5rem;align-items:center}
        .number{font-size:3.6rem;line-height:1.05;font-weight:680;letter-spacing:-.02em;font-variant-numeric:tabular-nums;white-space:nowrap}
        .tag{display:inline-block;border:1px solid currentColor;border-radius:1rem;padding:.05rem .7rem;font-size:.85rem;font-weight:600;margin:.3rem .4rem 0 0}
        .info{color:var(--info)}.warning{color:var(--warning)}.critical{color:var(--critical)}
        svg{display:block;width:100%;height:auto}
        svg text{fill:var(--soft);font:11px system-ui,"Segoe UI",Roboto,Arial,sans-serif}
        svg .strong{fill:var(--ink);font-weight:600}
        .grid{stroke:var(--line);stroke-width:1}.axis{stroke:var(--soft);stroke-width:1}
        .curve{fill:none;stroke:var(--plot);stroke-width:1.8;stroke-linejoin:round}.dot{fill:var(--plot)}
        .track{fill:var(--wash)}.fill{fill:var(--accent)}.mark{stroke:var(--ink);stroke-width:1.5}.whisker{stroke:var(--ink);stroke-width:2}.halo{stroke:var(--card);stroke-width:6;stroke-linecap:round}.wide{grid-column:1/-1}
        .raise{fill:var(--up)}.lower{fill:var(--down)}
        .plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:1rem 1.5rem}
        figure{margin:0}figcaption{font-weight:600;font-size:.9rem}
        table{border-collapse:collapse;width:100%;font-size:.9rem}
        th{text-align:left;font-weight:600;color:var(--soft);font-size:.8rem}
        th,td{padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:middle}
        tr:last-child td{border-bottom:0}
        .num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        .bar{width:34%;min-width:9rem}
        .kind{color:var(--soft);font-size:.8rem}
        .cols{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:.25rem 2.5rem}
        dl{display:grid;grid-template-columns:auto 1fr;gap:.2rem 1rem;margin:0;font-size:.9rem}
        dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
        ul{margin:.25rem 0;padding-left:1.1rem}
        .facts{display:flex;flex-wrap:wrap;gap:.5rem 2rem}.facts div{min-width:6rem}.facts b{display:block;font-size:1.3rem;font-variant-numeric:tabular-nums}
        details summary{cursor:pointer;color:var(--accent);font-size:.9rem;margin-top:.5rem}
        footer{color:var(--soft);font-size:.8rem;margin:.5rem 0 1.5rem}
        @media (max-width:40rem){.risk{grid-template-columns:1fr}.bar{min-width:5rem}}
        @media print{body{background:#fff;font-size:11pt}main{max-width:none;padding:0}section{break-inside:avoid;border-color:#bbb}details{display:block}}
        """.ReplaceLineEndings("\n");

    /// <summary>Value of the Content-Security-Policy header: this style sheet, and nothing from anywhere else.</summary>
    public static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Css)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
}
