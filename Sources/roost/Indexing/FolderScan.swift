import Documents
import FoundationEssentials

/// A file that a scan has found.
struct FileToIndex: Hashable, Sendable {
    /// Absolute; the document's source.
    let path: String

    /// What passages are called after: the root's last component and the way from there.
    let name: String
    let bytes: Int

    /// Milliseconds since 1970.
    let modified: Int64
}

/// What lies below a root, at one moment.
struct FolderScan: Sendable {
    let root: String
    let files: [FileToIndex]
    let skipped: [(path: String, reason: String)]
    private let present: Set<String>
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
                        modified: Int64(file.modified.timeIntervalSince1970 * 1_000)
                    )
                )
            case .skipped(let path, let reason):
                skipped.append((path, reason.rawValue))
                if reason == .unreadable { unreadable.append(path) }
            }
        }
        self.files = files
        self.skipped = skipped
        present = Set(files.map(\.path))
        self.unreadable = unreadable
    }

    /// Whether a document's source lay below the root and is there no more.
    ///
    /// What merely can't be read now is not gone.
    func isGone(_ source: String) -> Bool {
        guard source == root || source.hasPrefix(root == "/" ? root : root + "/"), !present.contains(source) else {
            return false
        }
        return !unreadable.contains { source == $0 || source.hasPrefix($0 + "/") }
    }
}
