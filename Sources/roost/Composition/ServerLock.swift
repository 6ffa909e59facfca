import Glibc

/// Keeps a second server away from a data directory and from a database.
///
/// A POSIX record lock on a file in or beside it whose content says where the server is. The kernel gives it back when the process ends,
/// however it ends, and asking who holds it takes nothing. Closing any descriptor of the file would release it too, so
/// nothing else in this process opens it while a server runs.
struct ServerLock: ~Copyable {
    struct Holder: Equatable, Sendable {
        let process: pid_t

        /// Where it answers; `nil` while it starts.
        let address: String?

        var sentence: String { "process \(process)" + (address.map { " at \($0)" } ?? ", starting") }
    }

    /// Of the data directory's file, then of the database's.
    private let descriptors: [CInt]

    /// - Parameter database: the file, which may lie elsewhere and belong to another server's directory as well; `nil`
    ///   for a database in memory.
    /// - Throws: ``CommandFailure`` when another server holds one of the locks.
    init(directory: String, database: String? = nil) throws {
        try FileSystem.createDirectory(directory)
        var descriptors = [try Self.lock(Self.path(in: directory), of: directory, "directory with --data")]
        do {
            if let database {
                let file = (FileSystem.absolute(database) ?? database) + ".lock"
                descriptors.append(try Self.lock(file, of: database, "database with database_url"))
            }
        } catch {
            descriptors.forEach { close($0) }
            throw error
        }
        self.descriptors = descriptors
    }

    deinit { descriptors.forEach { close($0) } }

    private static func lock(_ path: String, of what: String, _ other: String) throws -> CInt {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileSystem.Failure(path: path, code: errno) }
        var lock = Self.wholeFile
        guard fcntl(descriptor, F_SETLK, &lock) == 0 else {
            let holder = Self.holder(of: descriptor)?.sentence ?? "it ends just now"
            close(descriptor)
            throw CommandFailure(
                "another server works on \(what) (\(holder)). Stop it first, or choose another \(other)."
            )
        }
        ftruncate(descriptor, 0)
        return descriptor
    }

    /// Writes down where the server can be reached.
    borrowing func note(_ address: String) {
        let bytes = Array(address.utf8)
        for descriptor in descriptors { pwrite(descriptor, bytes, bytes.count, 0) }
    }

    /// Who holds the lock now; `nil` when nobody does.
    static func holder(in directory: String) -> Holder? {
        let descriptor = open(path(in: directory), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return holder(of: descriptor)
    }

    private static func holder(of descriptor: CInt) -> Holder? {
        var lock = wholeFile
        guard fcntl(descriptor, F_GETLK, &lock) == 0, lock.l_type != F_UNLCK else { return nil }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let address = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        return Holder(process: lock.l_pid, address: address.isEmpty ? nil : address)
    }

    private static var wholeFile: flock {
        flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
    }

    private static func path(in directory: String) -> String { directory + "/serve.lock" }
}
