import Foundation

/// Numbers as the screen shows them.
enum Numbers {
    /// A number with a fixed count of decimals, 0…3; a dash for what is not a number or far too large.
    static func decimal(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "-" }
        let scale = [1, 10, 100, 1000][min(max(decimals, 0), 3)]
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard scale > 1 else { return "\(sign)\(scaled)" }
        let fraction = String(scaled % scale)
        let zeros = String(repeating: "0", count: String(scale).count - 1 - fraction.count)
        return "\(sign)\(scaled / scale).\(zeros)\(fraction)"
    }

    /// A number as it was given, without a needless fraction.
    static func short(_ value: Float) -> String {
        Int(exactly: value).map { "\($0)" } ?? "\(value)"
    }

    /// How long ago a date was, in one unit: `3 min`, `2 h`, `5 days`, and as a date where that was over four weeks
    /// ago.
    static func age(from date: Date, to now: Date) -> String {
        let minutes = Int(max(0, min(now.timeIntervalSince(date), 1e10)) / 60)
        switch minutes {
        case 0: return "now"
        case ..<60: return "\(minutes) min"
        case ..<1440: return "\(minutes / 60) h"
        case ..<2880: return "1 day"
        case ..<40320: return "\(minutes / 1440) days"
        default:
            let parts = Calendar(identifier: .gregorian).dateComponents([.year, .month, .day], from: date)
            let two = { (value: Int?) in String(100 + (value ?? 0)).dropFirst() }
            return "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day))"
        }
    }

    /// A fraction 0…1 as whole percents: `62 %`.
    static func percent(_ fraction: Double) -> String {
        "\(decimal(fraction * 100, 0)) %"
    }
}

extension String {
    /// The text with spaces on its left up to so many columns.
    func paddedLeft(to columns: Int) -> String {
        String(repeating: " ", count: max(0, columns - count)) + self
    }
}
