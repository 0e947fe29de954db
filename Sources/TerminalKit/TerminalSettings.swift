/// What the environment says about the terminal and about the user's wishes.
struct TerminalSettings: Equatable {
    /// The value of `TERM`.
    let type: String
    /// `NO_COLOR` is set to something: no colours, whatever the terminal has.
    let wantsNoColor: Bool
    /// `FATHOM_ASCII` is set to something: only ASCII, whatever the locale.
    let wantsASCII: Bool
    /// No locale is chosen at all. Containers and services start so; their terminals are UTF-8 all the same.
    let hasNoLocale: Bool

    /// Reads the settings through a lookup such as `getenv`.
    init(_ variable: (String) -> String?) throws(TerminalError) {
        func isSet(_ name: String) -> Bool { variable(name)?.isEmpty == false }
        guard let type = variable("TERM"), !type.isEmpty else { throw .noTerminalType }
        guard type != "dumb", type != "unknown" else { throw .tooSimple(type) }
        self.type = type
        wantsNoColor = isSet("NO_COLOR")
        wantsASCII = isSet("FATHOM_ASCII")
        hasNoLocale = !isSet("LC_ALL") && !isSet("LC_CTYPE") && !isSet("LANG")
    }
}
