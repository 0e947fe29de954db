import GRDB

extension StoreError {
    /// Says in the user's terms what went wrong at the database at `path`; an error that is one already stays as it is.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as StoreError:
            self = error
        case let error as DatabaseError:
            self.init(
                code: error.resultCode, reason: error.message ?? error.resultCode.description, path: path)
        case is RowDecodingError:
            self = .damaged(path: path, reason: "a row does not hold what it should")
        default:
            self = .failed(path: path, reason: String(describing: error))
        }
    }

    private init(code: ResultCode, reason: String, path: String) {
        self =
            switch code {
            case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: .locked(path: path)
            case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: .readOnly(path: path)
            case .SQLITE_CANTOPEN: .cannotOpen(path: path, reason: reason)
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged(path: path, reason: reason)
            case .SQLITE_FULL: .full(path: path)
            default: .failed(path: path, reason: reason)
            }
    }
}
