import Foundation

/// The system's own words for what went wrong.
enum SystemWords {
    /// What an error of Foundation's says of the system's: its own sentences are about something else.
    static func of(_ error: any Error) -> String {
        var next: NSError? = error as NSError
        while let error = next {
            if error.domain == NSPOSIXErrorDomain, let code = Int32(exactly: error.code) {
                return String(cString: strerror(code))
            }
            next = error.userInfo[NSUnderlyingErrorKey] as? NSError
        }
        return "the system does not say why"
    }
}
