import Glibc
import SQL
import TestSupport
import Testing

/// A database in a file of its own that lasts as long as `body`.
func withDatabase<Result>(
    migrations: [Migration] = [],
    configure: (inout DatabaseConfiguration) -> Void = { _ in },
    _ body: (Database) async throws -> Result
) async throws -> Result {
    try await withTemporaryDirectory { directory in
        var configuration = DatabaseConfiguration(.file(directory + "/test.db"), durability: .normal)
        configure(&configuration)
        let database = try await Database.open(configuration, migrations: migrations)
        let result = try await body(database)
        await database.close()
        return result
    }
}

func files(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// Overwrites or creates a file.
func write(_ bytes: [UInt8], to path: String, at offset: Int = 0) throws {
    let descriptor = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try #require(pwrite(descriptor, bytes, bytes.count, offset) == bytes.count)
}

func kind(of body: () async throws -> Void) async -> SQLError.Kind? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? SQLError)?.kind
    }
}
