import Configuration
public import Conversations
public import Foundation

/// The values of all settings, and where each comes from: an environment variable, else the file, else the program.
public struct Settings: Sendable {
    private var given: [Setting: (value: SettingValue, origin: Origin)] = [:]

    /// Settings of which the user gave none.
    public init() {}

    /// Reads the settings.
    ///
    /// - Parameters:
    ///   - file: The user's file; nil where there is none.
    ///   - environment: Variables that are empty count as not set.
    /// - Throws: `SettingsError` for the first fault in the file, then for the first in the environment.
    public init(
        file: SettingsFile?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SettingsError) {
        if let file, let document = try file.document() {
            try read(document, from: file.path)
        }
        let variables = environment.filter { $0.key.hasPrefix("FATHOM_") && !$0.value.isEmpty }
        if !variables.isEmpty {
            try read(EnvironmentVariablesProvider(environmentVariables: variables).snapshot())
        }
    }

    /// The value of a setting, the user's or the default one; nil where the user gave none and the default depends on
    /// something else.
    public subscript(setting: Setting) -> SettingValue? { given[setting]?.value ?? setting.defaultValue }

    /// Where the value of a setting comes from.
    public func origin(of setting: Setting) -> Origin { given[setting]?.origin ?? .builtIn }

    /// Gives a setting another value for as long as a chat goes on.
    public mutating func set(_ setting: Setting, to value: SettingValue) {
        given[setting] = (value, .chat)
    }

    /// The value of a setting of numbers.
    public func number(_ setting: Setting) -> Double? {
        if case .number(let number) = self[setting] { number } else { nil }
    }

    /// The value of a setting of whole numbers.
    public func integer(_ setting: Setting) -> Int? {
        if case .integer(let integer) = self[setting] { integer } else { nil }
    }

    /// The value of a setting of truth values.
    public func flag(_ setting: Setting) -> Bool? {
        if case .flag(let flag) = self[setting] { flag } else { nil }
    }

    /// The value of a setting of texts, words or paths.
    public func text(_ setting: Setting) -> String? {
        if case .text(let text) = self[setting] { text } else { nil }
    }

    /// How the tokens of replies are drawn; the seed is another each time unless one is set.
    public var sampling: SamplingOptions {
        var options = SamplingOptions()
        if let value = number(.temperature) { options.temperature = Float(value) }
        if let value = integer(.topK) { options.topK = value }
        if let value = number(.topP) { options.topP = Float(value) }
        if let value = number(.minP) { options.minP = Float(value) }
        if let value = number(.repetitionPenalty) { options.repetitionPenalty = Float(value) }
        if let value = number(.loopPenalty) { options.loopPenalty = Float(value) }
        if let value = integer(.maxTokens) { options.maximumTokens = value }
        if let value = integer(.seed) { options.seed = UInt64(value) }
        return options
    }

    private mutating func read(_ document: String, from path: String) throws(SettingsError) {
        let statements = TOMLStatements(document)
        func origin(_ name: String) -> Origin { .file(path: path, line: statements.line(of: name) ?? 1) }
        let snapshot: TOMLSnapshot
        do {
            snapshot = try TOMLSnapshot(document, name: path)
        } catch {
            throw .unreadable(path: path, reason: "\(error)")
        }
        let names = snapshot.names.sorted { (statements.line(of: $0) ?? 0) < (statements.line(of: $1) ?? 0) }
        for name in names {
            guard let setting = Setting.all.first(where: { $0.name == name }) else {
                throw .unknown(name, at: origin(name))
            }
            let content: ConfigContent?
            do {
                content = try snapshot.value(forKey: AbsoluteConfigKey([name]), type: setting.kind.type)
                    .value?.content
            } catch {
                let found = (error as? TOMLSnapshot.Mismatch)?.found ?? ""
                throw .value(name, given: found, allowed: setting.allowed, at: origin(name))
            }
            guard let content, let value = SettingValue(content), setting.takes(value) else {
                let found = content.flatMap(SettingValue.init).map { "“\($0)”" } ?? ""
                throw .value(name, given: found, allowed: setting.allowed, at: origin(name))
            }
            given[setting] = (value, origin(name))
        }
    }

    private mutating func read(_ snapshot: any ConfigSnapshot) throws(SettingsError) {
        for setting in Setting.all {
            let key = AbsoluteConfigKey(["fathom", setting.name])
            guard let found = try? snapshot.value(forKey: key, type: .string),
                case .string(let text) = found.value?.content
            else { continue }
            let origin = Origin.environment(found.encodedKey)
            do {
                given[setting] = (try setting.value(of: text), origin)
            } catch {
                guard case .value(let name, let given, let allowed, _) = error else { throw error }
                throw .value(name, given: given, allowed: allowed, at: origin)
            }
        }
    }
}

extension Setting.Kind {
    /// The type that a document has such values in.
    fileprivate var type: ConfigType {
        switch self {
        case .number: .double
        case .integer: .int
        case .flag: .bool
        case .choice, .text, .path: .string
        }
    }
}

extension SettingValue {
    /// The value that is in a source of configuration; nil where it is of no type that settings have.
    fileprivate init?(_ content: ConfigContent) {
        switch content {
        case .string(let text): self = .text(text)
        case .int(let integer): self = .integer(integer)
        case .double(let number): self = .number(number)
        case .bool(let flag): self = .flag(flag)
        default: return nil
        }
    }
}
