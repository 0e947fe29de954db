public import Foundation

/// Pages in HTML that need nothing but themselves: no scripts, no other files. Light and dark follow the reader's
/// choice.
public enum Page {
    /// A page with one figure.
    public static func file(_ figure: Figure) -> Data {
        file(title: figure.title, body: "<figure class=\"wide\">\(SVG.inline(figure))</figure>\n")
    }

    /// A page of a title and a body, which must be sound HTML.
    static func file(title: String, body: String) -> Data {
        let page = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
            <title>\(SVG.escaped(title))</title>
            <style>\(style)</style>
            </head>
            <body>
            <main>
            \(body)</main>
            </body>
            </html>

            """
        return Data(page.utf8)
    }

    private static let style = """

        :root { --ink: #1a1a1a; --muted: #5f5f5f; --faint: #e4e4e4; --paper: #ffffff; color-scheme: light dark; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e8e8e8; --muted: #a0a0a0; --faint: #3a3d42; --paper: #17191c; }
        }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 15px/1.5 Helvetica, Arial, "DejaVu Sans", sans-serif; }
        main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; }
        h1 { font-size: 1.5rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.05rem; margin: 0 0 .25rem; }
        p { margin: 0 0 .75rem; color: var(--muted); max-width: 46rem; }
        .grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(27rem, 1fr)); gap: 2rem 2.5rem; }
        section { margin: 2rem 0 0; min-width: 0; }
        .grid section { margin: 0; }
        figure { margin: .5rem 0 0; overflow-x: auto; }
        svg { width: 100%; height: auto; display: block; }
        .wide svg { min-width: 44rem; }
        details { margin: 2rem 0 0; } summary { cursor: pointer; font-weight: bold; font-size: 1.05rem; }
        table { border-collapse: collapse; font-size: .9rem; }
        th, td { text-align: left; padding: .2rem 1.5rem .2rem 0; border-bottom: 1px solid var(--faint); }
        td { font-variant-numeric: tabular-nums; }
        .i-ink { fill: var(--ink); } .i-muted { fill: var(--muted); }
        .i-faint { fill: var(--faint); } .i-paper { fill: var(--paper); }
        .s-ink { stroke: var(--ink); } .s-muted { stroke: var(--muted); }
        .s-faint { stroke: var(--faint); } .s-paper { stroke: var(--paper); }
        @media (max-width: 34rem) { .grid { grid-template-columns: 1fr; } }
        @media print { main { max-width: none; } section { break-inside: avoid; } }

        """
}
