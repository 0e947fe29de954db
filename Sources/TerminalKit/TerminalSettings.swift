/// What the environment says about the terminal and about the user's wishes.
package struct TerminalSettings: Equatable {
    /// The value of `TERM`.
    package let type: String
    /// `NO_COLOR` is set to something: no colours, whatever the terminal has.
    package let wantsNoColor: Bool
    /// `COLORTERM` says that the terminal shows every red, green and blue. Inside GNU screen, which hands the variable
    /// on, it says nothing; inside tmux, which may have the same type, it does.
    package let hasExactColors: Bool
    /// `FATHOM_ASCII` is set to something: only ASCII, whatever the locale.
    package let wantsASCII: Bool
    /// The user's locale is UTF-8, whether or not this system has it installed (`ssh` brings along names it may not
    /// know), or none is chosen at all (containers and services start so; their terminals are UTF-8 all the same).
    package let mayUseUTF8: Bool

    /// Reads the settings through a lookup such as `getenv`.
    ///
    /// - Throws: `TerminalError.noTerminalType` or `.tooSimple`, by the value of `TERM`.
    package init(_ variable: (String) -> String?) throws(TerminalError) {
        func isSet(_ name: String) -> Bool { variable(name)?.isEmpty == false }
        guard let type = variable("TERM"), !type.isEmpty else { throw .noTerminalType }
        guard type != "dumb", type != "unknown" else { throw .tooSimple(type) }
        self.type = type
        wantsNoColor = isSet("NO_COLOR")
        wantsASCII = isSet("FATHOM_ASCII")
        hasExactColors =
            ["truecolor", "24bit"].contains(variable("COLORTERM"))
            && (!type.hasPrefix("screen") || isSet("TMUX"))
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].first(where: isSet).flatMap(variable)?.lowercased()
        mayUseUTF8 = locale.map { $0.hasSuffix("utf-8") || $0.hasSuffix("utf8") } ?? true
    }
}
