import Documents
import FoundationEssentials

/// A file that a scan has found.
///
/// Names are bytes to Linux, and two that Unicode takes for the same (é as one scalar or two) are two files, though their
/// strings are equal in Swift: sets of paths hold bytes.
struct FileToIndex: Sendable {
    /// Absolute; the document's source.
    let path: String

    /// What passages are called after: the root's last component and the way from there.
    let name: String
    let bytes: Int

    /// Milliseconds since 1970.
    let modified: Int64
}

extension FileToIndex: Hashable {
    static func == (left: Self, right: Self) -> Bool {
        left.path.utf8.elementsEqual(right.path.utf8) && left.bytes == right.bytes && left.modified == right.modified
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(path)
        hasher.combine(bytes)
        hasher.combine(modified)
    }
}

/// What lies below a root, at one moment.
struct FolderScan: Sendable {
    let root: String
    let files: [FileToIndex]
    let skipped: [(path: String, reason: String)]
    private let present: Set<[UInt8]>
    private let unreadable: [String]

    /// Blocks.
    ///
    /// - Parameters:
    ///   - root: absolute, without a slash at its end.
    ///   - maximumBytes: a larger file is skipped.
    init(_ root: String, maximumBytes: Int) throws {
        var walker = FileWalker()
        walker.maximumBytes = maximumBytes
        self.root = root
        let parent = root.lastIndex(of: "/").map { root[...$0].count } ?? 0
        var files: [FileToIndex] = []
        var skipped: [(path: String, reason: String)] = []
        var unreadable: [String] = []
        try walker.walk(root) { found in
            switch found {
            case .file(let file):
                files.append(
                    FileToIndex(
                        path: file.path,
                        name: String(file.path.dropFirst(parent)),
                        bytes: file.bytes,
                        modified: Self.milliseconds(file.modified)
                    )
                )
            case .skipped(let path, let reason):
                skipped.append((path, reason.rawValue))
                if reason == .unreadable { unreadable.append(path) }
            }
        }
        self.files = files
        self.skipped = skipped
        present = Set(files.map { Array($0.path.utf8) })
        self.unreadable = unreadable
    }

    /// A file's time may be any 64-bit number of seconds.
    static func milliseconds(_ date: Date) -> Int64 {
        Int64(exactly: (date.timeIntervalSince1970 * 1_000).rounded(.down)) ?? .max
    }

    /// Whether a document's source lay below the root and is there no more.
    ///
    /// What merely can't be read now is not gone.
    func isGone(_ source: String) -> Bool {
        Self.lies(source, at: root) && !present.contains(Array(source.utf8))
            && !unreadable.contains { Self.lies(source, at: $0) }
    }

    /// Whether `source` is `path` or lies below it.
    private static func lies(_ source: String, at path: String) -> Bool {
        source.utf8.elementsEqual(path.utf8) || source.utf8.starts(with: (path == "/" ? path : path + "/").utf8)
    }
}
