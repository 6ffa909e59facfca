import Glibc

/// Replaces a file so that a reader, and a machine that loses power, finds either the old one or the whole new one.
package enum AtomicFile {
    package struct Failure: Error, CustomStringConvertible {
        package let operation: String
        package let code: CInt

        package var description: String { "\(operation): \(String(cString: strerror(code)))" }
    }

    /// Writes a file beside `path`, waits until it is on the disk, and renames it over `path`.
    package static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        let temporary = "\(path).\(getpid()).tmp"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failure(operation: "creating a file", code: errno) }
        do throws(Failure) {
            defer { close(file) }
            try write(bytes, to: file)
            guard fsync(file) == 0 else { throw Failure(operation: "syncing a file", code: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else { throw Failure(operation: "renaming a file", code: errno) }
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
