import Glibc

/// Replaces a file so that a reader, and a machine that loses power, finds either the old one or the whole new one.
package enum AtomicFile {
    package struct Failure: Error, CustomStringConvertible {
        package let operation: String
        package let code: CInt

        package var description: String { "\(operation): \(String(cString: strerror(code)))" }
    }

    /// Writes a file beside `path`, waits until it is on the disk, and renames it over `path`.
    ///
    /// The file beside it is always `path.tmp`, so that what a killed process leaves is overwritten and never piles up;
    /// a lock on it makes several writers take turns.
    package static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        let temporary = path + ".tmp"
        let file = try openLocked(temporary)
        defer { close(file) }
        do throws(Failure) {
            guard ftruncate(file, 0) == 0 else { throw Failure(operation: "emptying a file", code: errno) }
            try write(bytes, to: file)
            guard fsync(file) == 0 else { throw Failure(operation: "syncing a file", code: errno) }
            guard rename(temporary, path) == 0 else { throw Failure(operation: "renaming a file", code: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// While a writer waits for the lock, the one before it may rename the file away: then the wait was for the wrong one.
    private static func openLocked(_ path: String) throws(Failure) -> CInt {
        while true {
            let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw Failure(operation: "creating a file", code: errno) }
            while flock(file, LOCK_EX) != 0 {
                guard errno == EINTR else {
                    defer { close(file) }
                    throw Failure(operation: "locking a file", code: errno)
                }
            }
            var (locked, named) = (stat(), stat())
            if fstat(file, &locked) == 0, stat(path, &named) == 0, locked.st_ino == named.st_ino { return file }
            close(file)
        }
    }

    private static func write(_ bytes: [UInt8], to file: CInt) throws(Failure) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure(operation: "writing a file", code: errno) }
            offset += count
        }
    }
}
