import Conversations
import Foundation
import MoDModel
import Settings

extension Picker.Entry {
    /// The settings, what they are in this chat, and where that comes from.
    static func settings(
        _ settings: Settings, _ sampling: SamplingOptions, _ dial: Dial, _ glyphs: Glyphs
    ) -> [Picker.Entry] {
        Setting.all.map { setting in
            let live: String? =
                switch setting {
                case .capacity: Numbers.short(Float(dial.capacity.value))
                case .policy: dial.policy.name
                default: sampling.text(of: setting)
                }
            let value = live ?? settings[setting]?.description ?? setting.defaultText
            let name = setting.name.padding(toLength: 19, withPad: " ", startingAt: 0)
            return Picker.Entry(
                text:
                    "\(name)\(value)   \(settings.origin(of: setting)) \(glyphs.separator) \(setting.meaning)",
                typed: "/set \(setting.name) \(settings[setting] == nil && live == nil ? "" : value)")
        }
    }
}

extension SamplingOptions {
    /// Takes on what a setting of how tokens are drawn has come to.
    ///
    /// - Returns: whether it is one of those.
    mutating func take(_ setting: Setting, from settings: Settings) -> Bool {
        switch setting {
        case .temperature: temperature = Float(settings.number(setting) ?? 0)
        case .topK: topK = settings.integer(setting) ?? 0
        case .topP: topP = Float(settings.number(setting) ?? 1)
        case .minP: minP = Float(settings.number(setting) ?? 0)
        case .repetitionPenalty: repetitionPenalty = Float(settings.number(setting) ?? 1)
        case .loopPenalty: loopPenalty = Float(settings.number(setting) ?? 0)
        case .seed: seed = UInt64(settings.integer(setting) ?? 0)
        case .maxTokens: maximumTokens = settings.integer(setting) ?? maximumTokens
        default: return false
        }
        return true
    }

    /// What a setting of how tokens are drawn is; nil for others, and for the seed, which goes up with every reply.
    fileprivate func text(of setting: Setting) -> String? {
        switch setting {
        case .temperature: Numbers.short(temperature)
        case .topK: "\(topK)"
        case .topP: Numbers.short(topP)
        case .minP: Numbers.short(minP)
        case .repetitionPenalty: Numbers.short(repetitionPenalty)
        case .loopPenalty: Numbers.short(loopPenalty)
        case .maxTokens: "\(maximumTokens)"
        default: nil
        }
    }
}
