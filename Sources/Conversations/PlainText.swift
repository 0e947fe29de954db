extension String {
    /// The text with every control character, and every invisible one that reorders what follows it, replaced.
    /// What is left can be printed on one line of a terminal.
    package func replacingControlCharacters(with replacement: Unicode.Scalar) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            scalars.append(scalar.isControl ? replacement : scalar)
        }
        return String(scalars)
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: properties.isBidiControl
        }
    }
}
