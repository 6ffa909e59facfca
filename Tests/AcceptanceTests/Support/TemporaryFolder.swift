import FoundationEssentials
import Glibc
import Synchronization
import Testing

/// A folder of a test's own: the server's data in `data`, and beside it what the processes said.
final class TemporaryFolder: Sendable {
    let path: String
    private let files = Atomic<Int>(0)

    var data: String { path + "/data" }

    init() throws {
        var template = Array("\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/roost-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A path that nothing has yet.
    func newFile(_ name: String) -> String {
        "\(path)/\(files.add(1, ordering: .relaxed).newValue).\(name)"
    }

    func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }
}

enum Files {
    static func bytes(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    static func text(of path: String) throws -> String { String(decoding: try bytes(of: path), as: UTF8.self) }

    static func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
    }

    static func write(_ text: String, to path: String) throws { try write(text.utf8, to: path) }
}
