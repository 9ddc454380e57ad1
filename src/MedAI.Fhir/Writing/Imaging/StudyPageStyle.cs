namespace MedAI.Fhir.Writing.Imaging;

/// <summary>The style sheet of the page about a study: the result page's, and what pictures need.</summary>
internal static class StudyPageStyle
{
    public static readonly string Css = PageStyle.Css + """

        .unread{display:flex;gap:.75rem;align-items:center;font-size:1.05rem;border-width:2px}
        .unread svg{width:1.6rem;flex:none;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round}
        .pictures{display:grid;grid-template-columns:1fr 1fr;gap:1rem;margin:.25rem 0 1rem}
        .pictures img{display:block;width:100%;max-height:34rem;object-fit:contain;object-position:left top}
        .pictures figcaption{margin-bottom:.35rem}
        .legend{display:flex;gap:.6rem;align-items:center;margin-top:.45rem}.legend svg{flex:1;max-width:14rem;border-radius:.2rem}
        .estimate{margin-top:.9rem;border-top:1px solid var(--line);padding-top:1rem}
        .estimate .number{font-size:2.8rem}
        .estimate>div:last-child{min-width:0}
        .scroll{overflow-x:auto;margin-top:.75rem}
        .uid{font-family:ui-monospace,"Cascadia Mono",Menlo,Consolas,monospace;font-size:.8rem}
        .facts b{font-weight:650;font-size:1.1rem}
        th.num{white-space:unset;max-width:8rem}
        @media (max-width:40rem){.pictures{grid-template-columns:1fr}}
        @media print{.pictures{grid-template-columns:1fr 1fr}.pictures img{print-color-adjust:exact;-webkit-print-color-adjust:exact}.legend svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}.banner{border-width:2px}body{font-size:9pt}main>section{break-inside:auto;padding:.5rem .7rem;margin-bottom:.5rem}figure,.risk,tr,li,h2,h3{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible}.estimate .number{font-size:2.2rem}.facts b{font-size:10pt}table,dl,.small,footer{font-size:8pt}th{font-size:7.5pt}.pictures img{max-height:7cm}}
        """.ReplaceLineEndings("\n");
}
