import Foundation

/// A lock that processes opening the same database hold in turn, so that only one of them lays out its schema.
///
/// The lock is taken on the folder itself: no file of its own is left behind, and it goes with the process.
struct FolderLock: ~Copyable {
    private let descriptor: Int32

    /// Waits until no one else holds the lock of the folder at `path`, at most for `patience`.
    ///
    /// - Throws: `StoreError.locked` when that is over, `.unusableFolder` where the folder cannot be opened.
    ///
    /// Where the file system has no such locks, none is taken: SQLite's own then still keep the database whole,
    /// and at worst one of two processes that are the first in the same instant reports an error.
    init(path: String, patience: Duration) throws(StoreError) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .unusableFolder(path: path, reason: String(cString: strerror(errno)))
        }
        let deadline = ContinuousClock.now + patience
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { return }
            guard ContinuousClock.now < deadline else {
                close(descriptor)
                throw .locked(path: path)
            }
            usleep(10_000)
        }
    }

    deinit {
        close(descriptor)
    }
}
