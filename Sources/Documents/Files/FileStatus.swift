import FoundationEssentials
import Glibc

/// What the file system says about a path.
struct FileStatus {
    struct Identity: Hashable {
        let device: UInt64
        let file: UInt64
    }

    let identity: Identity
    let bytes: Int
    let modified: Date
    private let mode: mode_t

    /// `nil` if there is nothing, or nothing that may be seen; `errno` says which.
    init?(path: String, followingLinks: Bool) {
        var status = stat()
        guard (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
        identity = Identity(device: UInt64(status.st_dev), file: UInt64(status.st_ino))
        bytes = Int(status.st_size)
        let seconds = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
        modified = Date(timeIntervalSince1970: seconds)
        mode = status.st_mode & S_IFMT
    }

    var isDirectory: Bool { mode == S_IFDIR }
    var isRegular: Bool { mode == S_IFREG }
    var isLink: Bool { mode == S_IFLNK }
}

enum DirectoryListing {
    /// Without `.` and `..`, sorted by bytes; `nil` if the directory cannot be read to its end.
    static func names(of path: String) -> [[UInt8]]? {
        guard let directory = opendir(path) else { return nil }
        defer { closedir(directory) }
        return names(in: directory)
    }

    /// A list that breaks off is none: what it lacks would be taken for deleted.
    static func names(in directory: OpaquePointer) -> [[UInt8]]? {
        var names: [[UInt8]] = []
        while true {
            // The end and an error look the same but for `errno`, which the end leaves alone.
            errno = 0
            guard let entry = readdir(directory) else { break }
            let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != [0x2E], name != [0x2E, 0x2E] { names.append(name) }
        }
        return errno == 0 ? names.sorted { $0.lexicographicallyPrecedes($1) } : nil
    }
}
