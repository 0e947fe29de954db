import Foundation

/// Dates as text, to the millisecond and in UTC: `2026-11-25T01:13:37.125Z`. By the C library: Foundation's formatters
/// would bring megabytes of tables into memory.
enum Timestamp {
    static func text(of date: Date) -> String {
        // Beyond the years that four digits hold there is nothing to tell.
        let time = min(max(date.timeIntervalSince1970, 0), 253_402_300_799)
        let milliseconds = Int64((time * 1000).rounded())
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 40)
        let length = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%S", &parts)
        let fraction = "\(1000 + milliseconds % 1000)".dropFirst()
        return String(decoding: text[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self) + ".\(fraction)Z"
    }

    /// The date that a text stands for.
    ///
    /// - Throws: `TranscriptError.field` where it stands for none from 1970 to 9999.
    static func date(_ text: String, of field: String) throws(TranscriptError) -> Date {
        let digits = text.split { !$0.isASCII || !$0.isNumber }.compactMap { Int32($0) }
        if digits.count == 7, text.utf8.count == 24, (1970...9999).contains(digits[0]) {
            var parts = tm()
            parts.tm_year = digits[0] - 1900
            parts.tm_mon = digits[1] - 1
            parts.tm_mday = digits[2]
            parts.tm_hour = digits[3]
            parts.tm_min = digits[4]
            parts.tm_sec = digits[5]
            let milliseconds = 1000 * Int64(timegm(&parts)) + Int64(digits[6])
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            // What the calendar does not have, such as 30 February, comes back as something else.
            if Self.text(of: date) == text { return date }
        }
        throw .field(field, "is “\(text.prefix(30))”; give a date such as 2026-11-25T01:13:37.125Z")
    }
}
