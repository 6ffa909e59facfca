package import FoundationEssentials
import Glibc

/// A file that a walk has found.
package struct WalkedFile: Hashable, Sendable {
    /// Begins with the root that was asked for.
    package let path: String
    package let bytes: Int
    package let modified: Date
}

/// Finds the files below a directory that are worth indexing, always in the same order: names by their bytes, each
/// directory where its name stands.
///
/// Left out are hidden files, what `.gitignore`, `.ignore` and `.roostignore` name (later ones win, deeper ones win),
/// symbolic links, binary and empty files, and what is no regular file. Nothing is left out silently: each gets a
/// reason, except what is hidden or ignored on purpose. Reads directories and the first bytes of files; blocks.
package struct FileWalker: Sendable {
    package enum Found: Hashable, Sendable {
        case file(WalkedFile)
        case skipped(path: String, reason: SkipReason)
    }

    package enum SkipReason: String, Hashable, Sendable {
        case binary, empty, symbolicLink, notRegular, unreadable, tooLarge, tooDeep, loop
    }

    package var ignoreFiles = [".gitignore", ".ignore", ".roostignore"]
    package var includesHidden = false
    /// Into directories too; one that is being walked already is not entered again.
    package var followsLinks = false
    package var maximumBytes = DocumentLimits().inputBytes
    package var maximumDepth = 64
    package var maximumIgnoreFileBytes = 1 << 20

    package init() {}

    /// Hands everything at or below `root` to `body`, one after the other.
    ///
    /// A root that is a file is taken whatever its name. Throws ``DocumentError/unreadable(path:reason:)`` if there is
    /// no such root, and what `body` throws.
    package func walk(_ root: String, _ body: (Found) throws -> Void) throws {
        guard let entry = FileStatus(path: root, followingLinks: true) else {
            throw DocumentError.unreadable(path: root, reason: String(cString: strerror(errno)))
        }
        guard entry.isDirectory else { return try visit(file: root, entry, body) }
        let trimmed = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
        try walk(Directory(path: trimmed, ancestors: [entry.identity]), body)
    }

    private struct Directory {
        let path: String
        /// From the root down, each with the rules found there and how many components it lies below the root.
        var rules: [(rules: IgnoreRules, depth: Int)] = []
        var components: [[UInt8]] = []
        var ancestors: [FileStatus.Identity]
    }

    private func walk(_ parent: Directory, _ body: (Found) throws -> Void) throws {
        guard parent.components.count <= maximumDepth else {
            return try body(.skipped(path: parent.path, reason: .tooDeep))
        }
        guard let names = DirectoryListing.names(of: parent.path) else {
            return try body(.skipped(path: parent.path, reason: .unreadable))
        }
        var directory = parent
        for name in ignoreFiles where names.contains(Array(name.utf8)) {
            let rules = IgnoreRules(readHead(directory.path + "/" + name, maximumIgnoreFileBytes)?.text ?? "")
            if !rules.isEmpty { directory.rules.append((rules, directory.components.count)) }
        }
        for name in names where includesHidden || name.first != UInt8(ascii: ".") {
            try visit(name, in: directory, body)
        }
    }

    private func visit(_ name: [UInt8], in directory: Directory, _ body: (Found) throws -> Void) throws {
        let path = (directory.path == "/" ? "" : directory.path) + "/" + name.text
        guard let entry = FileStatus(path: path, followingLinks: false) else {
            return try body(.skipped(path: path, reason: .unreadable))
        }
        var target = entry
        if entry.isLink {
            guard followsLinks else { return try body(.skipped(path: path, reason: .symbolicLink)) }
            guard let status = FileStatus(path: path, followingLinks: true) else {
                return try body(.skipped(path: path, reason: .unreadable))
            }
            target = status
        }
        let components = directory.components + [name]
        guard !isIgnored(components, isDirectory: target.isDirectory, by: directory), !isVersionControl(name) else {
            return
        }
        guard target.isDirectory else { return try visit(file: path, target, body) }
        guard !directory.ancestors.contains(target.identity) else {
            return try body(.skipped(path: path, reason: .loop))
        }
        let ancestors = directory.ancestors + [target.identity]
        try walk(Directory(path: path, rules: directory.rules, components: components, ancestors: ancestors), body)
    }

    private func visit(file path: String, _ entry: FileStatus, _ body: (Found) throws -> Void) throws {
        if let reason = reasonToSkip(path, entry) { return try body(.skipped(path: path, reason: reason)) }
        try body(.file(WalkedFile(path: path, bytes: entry.bytes, modified: entry.modified)))
    }

    private func reasonToSkip(_ path: String, _ entry: FileStatus) -> SkipReason? {
        guard entry.isRegular else { return .notRegular }
        guard entry.bytes > 0 else { return .empty }
        guard entry.bytes <= maximumBytes else { return .tooLarge }
        let sniffed = 4_096
        guard let head = readHead(path, sniffed) else { return .unreadable }
        return Self.looksBinary(head[...]) ? .binary : nil
    }

    /// A NUL or a known signature; PDF and gzip are read, so they are not binary here.
    static func looksBinary(_ head: ArraySlice<UInt8>) -> Bool {
        if head.starts(with: "%PDF-".utf8) || Gunzip.isCompressed(head) || head.hasUTF16Mark { return false }
        return head.contains(0) || BinarySignature.kind(of: head) != nil
    }

    private func isIgnored(_ path: [[UInt8]], isDirectory: Bool, by directory: Directory) -> Bool {
        for (rules, depth) in directory.rules.reversed() {
            if let verdict = rules.verdict(on: path[depth...], isDirectory: isDirectory) { return verdict }
        }
        return false
    }

    /// Also where hidden files are wanted.
    private func isVersionControl(_ name: [UInt8]) -> Bool {
        [".git", ".hg", ".svn", ".jj", "CVS"].contains(name.text)
    }

    private func readHead(_ path: String, _ count: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: count)
        let length = read(descriptor, &bytes, count)
        return length < 0 ? nil : Array(bytes.prefix(length))
    }
}
