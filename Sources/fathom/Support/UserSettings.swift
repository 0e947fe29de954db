import ArgumentParser
import ConversationStore
import MoDModel
import Settings

/// The settings of whoever runs the program: what the command line leaves open.
enum UserSettings {
    /// Reads the settings.
    ///
    /// - Throws: `SettingsError` where the file or a variable has a fault.
    static func load() throws(SettingsError) -> Settings {
        // Who has no home has no file; that is no fault.
        try Settings(file: try? file())
    }

    /// The file of settings, which need not exist.
    ///
    /// - Throws: `SettingsError.noHome`.
    static func file() throws(SettingsError) -> SettingsFile {
        try SettingsFile(home: ConversationStore.homeFolder())
    }
}

extension Settings {
    /// The capacity that is set; nil where the model's own is to be taken.
    var capacity: Capacity? { number(.capacity).flatMap(Capacity.init) }
}

extension Setting {
    /// Refuses what the setting's option was given where the setting does not take it.
    ///
    /// - Throws: `ValidationError`.
    func check(_ given: (some CustomStringConvertible)?) throws {
        guard let given else { return }
        do {
            _ = try value(of: "\(given)")
        } catch {
            throw ValidationError("\(optionName) is \(given); give \(allowed).")
        }
    }
}

extension ArgumentHelp {
    /// What `--help` says of a setting's option.
    init(_ setting: Setting) {
        self.init("\(setting.meaning). [default: \(setting.defaultText)]")
    }
}
