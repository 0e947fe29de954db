import CNcurses

/// The control sequences that terminfo lists for the terminal, for what ncurses is not asked to send.
package enum Capability {
    /// The sequence of a capability without parameters, such as `sgr0`; nil where the terminal has none. Ncurses must
    /// have the terminal.
    static func sequence(_ name: String) -> String? {
        fathom_capability(name).map { withoutPadding(String(cString: $0)) }
    }

    /// A sequence without terminfo's delays for slow terminals, `$<5>`.
    package static func withoutPadding(_ sequence: String) -> String {
        var result = ""
        var rest = sequence[...]
        while let start = rest.firstRange(of: "$<"), let end = rest[start.upperBound...].firstIndex(of: ">") {
            result += rest[..<start.lowerBound]
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
