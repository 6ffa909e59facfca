import Glibc

/// Keeps a second server away from a data directory.
///
/// The kernel gives the lock back when the process ends, however it ends. The file's content says who holds it.
struct ServerLock: ~Copyable {
    struct Holder: Equatable, Sendable, CustomStringConvertible {
        let text: String
        var description: String { text.isEmpty ? "starting" : text }
    }

    private let descriptor: CInt

    /// - Throws: ``CommandFailure`` when another server holds the lock.
    init(directory: String) throws {
        try FileSystem.createDirectory(directory)
        let path = Self.path(in: directory)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileSystem.Failure(path: path, code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Self.content(of: descriptor)
            close(descriptor)
            throw CommandFailure(
                "another server works on \(directory) (\(holder)). Stop it first, or choose another directory with --data."
            )
        }
        ftruncate(descriptor, 0)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Writes down where the server can be reached.
    borrowing func note(_ text: String) {
        let bytes = Array(text.utf8)
        ftruncate(descriptor, 0)
        pwrite(descriptor, bytes, bytes.count, 0)
    }

    /// Who holds the lock now; `nil` when nobody does.
    static func holder(in directory: String) -> Holder? {
        let descriptor = open(path(in: directory), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
        return Holder(text: content(of: descriptor))
    }

    private static func path(in directory: String) -> String { directory + "/serve.lock" }

    private static func content(of descriptor: CInt) -> String {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
