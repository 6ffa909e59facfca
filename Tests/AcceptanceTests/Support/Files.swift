import FoundationEssentials
import TestSupport

extension TemporaryFolder {
    /// The server's; what the processes said lies beside it.
    var data: String { path + "/data" }

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
