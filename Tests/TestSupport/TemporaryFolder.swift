import FoundationEssentials
import Glibc
import Synchronization
import Testing

/// A folder of a test's own, which goes with its object.
package final class TemporaryFolder: Sendable {
    package let path: String
    private let files = Atomic<Int>(0)

    package init() throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/roost-test-XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A path that nothing has yet.
    package func newFile(_ name: String) -> String {
        "\(path)/\(files.add(1, ordering: .relaxed).newValue).\(name)"
    }
}

/// A folder that lasts as long as `body`.
package func withTemporaryDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    return try await body(folder.path)
}
