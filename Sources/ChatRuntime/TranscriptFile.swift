import ChatInterface
import Foundation

/// Writes a transcript where the user asks for it.
enum TranscriptFile {
    /// Writes to `path`, or to a file named after the present time in the current folder. An existing file is
    /// never overwritten.
    static func write(_ text: String, to path: String?) -> Notice {
        let chosen = path.map { NSString(string: $0).expandingTildeInPath } ?? defaultName()
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: chosen), options: .withoutOverwriting)
            return Notice(.info, "Saved to \(chosen)")
        } catch CocoaError.fileWriteFileExists {
            return Notice(.warning, "\(chosen) exists already. Name another file: /save FILE")
        } catch {
            return Notice(.warning, "\(chosen) cannot be written. Name another file: /save FILE")
        }
    }

    private static func defaultName() -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyyMMdd-HHmmss"
        return "fathom-\(format.string(from: Date())).md"
    }
}
