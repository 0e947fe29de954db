public import ArgumentParser
public import MoDModel

extension Capacity: ExpressibleByArgument {
    /// Reads a number within 0…1.
    public init?(argument: String) {
        guard let value = Double(argument) else { return nil }
        self.init(value)
    }

    /// The ratio, as `--help` shows it.
    public var defaultValueDescription: String { "\(value)" }
}
