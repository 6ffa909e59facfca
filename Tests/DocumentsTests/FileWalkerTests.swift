import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Documents

@Suite struct FileWalkerTests {
    private func walk(_ tree: TemporaryTree, _ change: (inout FileWalker) -> Void = { _ in }) throws -> [String] {
        var walker = FileWalker()
        change(&walker)
        var found: [String] = []
        try walker.walk(tree.root) { entry in
            switch entry {
            case .file(let file): found.append(String(file.path.dropFirst(tree.root.count + 1)))
            case .skipped(let path, let reason): found.append("\(path.dropFirst(tree.root.count + 1)): \(reason)")
            }
        }
        return found
    }

    @Test func `files come in the order of their names, directories in between`() throws {
        let tree = try TemporaryTree([
            "b/x.md": "1", "a.md": "1", "c.md": "1", "B.md": "1", ".hidden/a": "1", ".env": "1",
        ])
        #expect(try walk(tree) == ["B.md", "a.md", "b/x.md", "c.md"])
    }

    @Test func `a list of names that breaks off is none`() throws {
        let tree = try TemporaryTree(["a.md": "1", "b.md": "1"])
        let whole = try #require(opendir(tree.root))
        defer { closedir(whole) }
        #expect(DirectoryListing.names(in: whole)?.count == 2)
        let broken = try #require(opendir(tree.root))
        defer { closedir(broken) }
        let file = open(tree.root + "/a.md", O_RDONLY)
        dup2(file, dirfd(broken))
        close(file)
        #expect(DirectoryListing.names(in: broken) == nil)
    }

    @Test func `ignore files rule from their directory down, and deeper ones win`() throws {
        let tree = try TemporaryTree([
            ".gitignore": "*.log\n/out\nskip/\n", "a.log": "1", "out/a.md": "1", "sub/out/a.md": "1",
            "sub/.gitignore": "!b.log\n",
            "sub/a.log": "1", "sub/b.log": "1", "skip/.gitignore": "!x.md", "skip/x.md": "1",
            ".roostignore": "secret.md",
            "secret.md": "1", "sub/.ignore": "/only.md", "sub/only.md": "1", "sub/deep/only.md": "1",
        ])
        #expect(try walk(tree) == ["sub/b.log", "sub/deep/only.md", "sub/out/a.md"])
    }

    @Test func `what cannot be indexed is named with its reason`() throws {
        let tree = try TemporaryTree(["a.png": "x\0y", "empty": "", "big": "12345", "ok": "1"])
        symlink("ok", tree.root + "/link")
        symlink(".", tree.root + "/self")
        mkfifo(tree.root + "/pipe", 0o600)
        let expected = [
            "a.png: binary", "big: tooLarge", "empty: empty", "link: symbolicLink", "ok", "pipe: notRegular",
            "self: symbolicLink",
        ]
        #expect(try walk(tree) { $0.maximumBytes = 4 } == expected)
        #expect(try walk(tree) { $0.followsLinks = true }.contains("self: loop"))
        #expect(try walk(tree) { $0.followsLinks = true }.contains("link"))
    }

    @Test func `a root that is a file is taken, one that is missing is an error`() throws {
        let tree = try TemporaryTree([".env": "A=1"])
        var found: [FileWalker.Found] = []
        try FileWalker().walk(tree.root + "/.env") { found.append($0) }
        guard case .file(let file) = found.first else {
            Issue.record("\(found)")
            return
        }
        #expect(file.bytes == 3)
        #expect(throws: DocumentError.self) { try FileWalker().walk(tree.root + "/missing") { _ in } }
    }
}

/// Files in a folder that is gone with this object.
private final class TemporaryTree {
    private let folder: TemporaryFolder
    var root: String { folder.path }

    init(_ files: [String: String]) throws {
        folder = try TemporaryFolder()
        for (path, text) in files.sorted(by: { $0.key < $1.key }) {
            var directory = root
            for part in path.split(separator: "/").dropLast() {
                directory += "/" + part
                mkdir(directory, 0o700)
            }
            let file = try #require(fopen(root + "/" + path, "w"))
            fwrite(text, 1, text.utf8.count, file)
            fclose(file)
        }
    }
}
