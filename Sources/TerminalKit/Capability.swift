import CNcurses

/// The control sequences that terminfo lists for the terminal, for what ncurses is not asked to send.
package enum Capability {
    /// The sequence that terminfo lists for a capability without parameters, such as `sgr0`; nil where the terminal has
    /// none. ncurses must have taken the terminal over.
    static func sequence(_ name: String) -> String? {
        fathom_capability(name).map { withoutPadding(String(cString: $0)) }
    }

    /// A control sequence without the delays for slow terminals that terminfo writes into it, such as `$<5>`.
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
