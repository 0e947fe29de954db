import Foundation

/// Standard input, output and error.
enum StandardDescriptors {
    /// Puts something in the place of those that are closed, so that no file which is opened later is taken for them.
    /// It can neither be read nor written, as they could not.
    static func occupy() {
        for (descriptor, mode) in [
            (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY),
        ]
        where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
            // The lowest free number is given out, which is this one: those below are taken.
            _ = open("/dev/null", mode)
        }
    }
}
