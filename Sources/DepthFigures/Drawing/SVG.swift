public import Foundation

/// Writes figures as SVG 1.1.
public enum SVG {
    /// A file of its own, on white.
    public static func file(_ figure: Figure) -> Data {
        let svg = """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" width="\(number(figure.width))" height="\(number(figure.height))" \
            viewBox="0 0 \(number(figure.width)) \(number(figure.height))" role="img" font-family="\(fonts)">
            <title>\(escaped(figure.title))</title>
            <rect width="100%" height="100%" fill="#ffffff"/>
            \(elements(of: figure, isInline: false))</svg>

            """
        return Data(svg.utf8)
    }

    /// An element for a page in HTML, whose style says what the classes `i-ink`, `i-muted`, `i-faint` and `i-paper`
    /// fill with, and those with an `s` in front draw lines with. Hints work.
    static func inline(_ figure: Figure) -> String {
        """
        <svg viewBox="0 0 \(number(figure.width)) \(number(figure.height))" role="img" \
        style="max-width:\(number(figure.width * 1.35))px" font-family="\(fonts)"><title>\(escaped(figure.title))</title>
        \(elements(of: figure, isInline: true))</svg>

        """
    }

    private static let fonts = "Helvetica, Arial, 'DejaVu Sans', sans-serif"

    /// A text as XML and HTML take it between tags and in attributes: what would be markup is escaped, what XML forbids
    /// becomes U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\t", "\n": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value): result += "\u{FFFD}"
            case _ where scalar.value & 0xFFFE == 0xFFFE: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func elements(of figure: Figure, isInline: Bool) -> String {
        var svg = ""
        var place = 0
        while place < figure.elements.count {
            guard case .rectangle(let first, let ink) = figure.elements[place] else {
                svg += element(figure.elements[place], isInline)
                place += 1
                continue
            }
            // Neighbours of one colour and height become one line as thick as they are high: a map has thousands of
            // cells and few colours.
            var path = ""
            var pen: Figure.Point?
            while place < figure.elements.count, case .rectangle(let next, ink) = figure.elements[place],
                next.height == first.height
            {
                let middle = next.y + next.height / 2
                if let pen, pen.y == middle, pen.x <= next.x {
                    path += "m\(number(next.x - pen.x)) 0"
                } else {
                    path += "M\(number(next.x)) \(number(middle))"
                }
                path += "h\(number(next.width))"
                pen = Figure.Point(x: next.x + next.width, y: middle)
                place += 1
            }
            svg += "<path \(stroke(ink, isInline)) stroke-width=\"\(number(first.height))\" d=\"\(path)\"/>\n"
        }
        return svg
    }

    private static func element(_ element: Figure.Element, _ isInline: Bool) -> String {
        switch element {
        case .rectangle: return ""
        case .line(let points, let ink, let width):
            let path = points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
            return "<polyline points=\"\(path)\" fill=\"none\" \(stroke(ink, isInline)) "
                + "stroke-width=\"\(number(width))\"/>\n"
        case .dot(let at, let radius, let ink, let opacity):
            let faded = opacity < 1 ? " opacity=\"\(number(opacity))\"" : ""
            return "<circle cx=\"\(number(at.x))\" cy=\"\(number(at.y))\" r=\"\(number(radius))\" "
                + "\(fill(ink, isInline))\(faded)/>\n"
        case .text(let text):
            let (x, y) = (number(text.at.x), number(text.at.y))
            var attributes =
                "x=\"\(x)\" y=\"\(y)\" font-size=\"\(number(text.size))\" \(fill(text.ink, isInline))"
            if text.anchor != .start { attributes += " text-anchor=\"\(text.anchor.rawValue)\"" }
            if text.isUpright { attributes += " transform=\"rotate(-90 \(x) \(y))\"" }
            if text.isBold { attributes += " font-weight=\"bold\"" }
            return "<text \(attributes)>\(escaped(text.string))</text>\n"
        case .hint(let area, let text):
            guard isInline else { return "" }
            return "<rect x=\"\(number(area.x))\" y=\"\(number(area.y))\" width=\"\(number(area.width))\" "
                + "height=\"\(number(area.height))\" fill=\"none\" pointer-events=\"all\">"
                + "<title>\(escaped(text))</title></rect>\n"
        }
    }

    private static func fill(_ ink: Ink, _ isInline: Bool) -> String {
        isInline ? name(ink).map { "class=\"i-\($0)\"" } ?? plain("fill", ink) : plain("fill", ink)
    }

    private static func stroke(_ ink: Ink, _ isInline: Bool) -> String {
        isInline ? name(ink).map { "class=\"s-\($0)\"" } ?? plain("stroke", ink) : plain("stroke", ink)
    }

    private static func plain(_ attribute: String, _ ink: Ink) -> String {
        "\(attribute)=\"\(ink.onWhite.hex)\""
    }

    private static func name(_ ink: Ink) -> String? {
        switch ink {
        case .ink: "ink"
        case .muted: "muted"
        case .faint: "faint"
        case .paper: "paper"
        case .color: nil
        }
    }

    private static func number(_ value: Double) -> String {
        let text = value.short(2)
        return text.hasPrefix("0.") ? String(text.dropFirst()) : text
    }
}
