import ContextCore
import FoundationEssentials
import Glibc
import HTTP
import TestSupport
import Testing

/// How the servers of a test are started.
struct ServerSettings {
    /// Variables of the environment.
    var variables: [String: String] = [:]

    static let withoutModel = ServerSettings(variables: ["ROOST_VECTOR_SEARCH_ENABLED": "false"])

    func setting(_ name: String, _ value: String) -> ServerSettings {
        var settings = self
        settings.variables[name] = value
        return settings
    }
}

/// A server that said it is ready.
struct Server: Sendable {
    let process: RoostProcess
    let caller: Caller
    let port: UInt16

    /// - Throws: ``NotReady`` when it ended instead.
    init(
        in folder: TemporaryFolder,
        _ settings: ServerSettings,
        _ client: HTTPClient,
        port wanted: UInt16 = 0
    ) async throws {
        process = try Self.start(in: folder, settings, port: wanted)
        guard let line = try await process.line(), let address = line.split(separator: " ").last,
            let port = address.split(separator: ":").last.flatMap({ UInt16($0) })
        else { throw NotReady(ending: await process.ended(), errors: process.errors) }
        #expect(line.hasPrefix("Roost is ready at http://127.0.0.1:"))
        self.port = port
        caller = Caller(client: client, address: String(address))
    }

    struct NotReady: Error {
        let ending: RoostProcess.Ending
        let errors: String
    }

    /// Does not wait until it is ready.
    static func start(
        in folder: TemporaryFolder,
        _ settings: ServerSettings,
        port: UInt16 = 0
    ) throws -> RoostProcess {
        try RoostProcess(
            ["serve", "--data", folder.data, "--port", "\(port)"],
            environment: settings.variables,
            errors: folder.newFile("errors")
        )
    }

    /// Runs a server for the length of `body`, and kills it if `body` has not.
    static func with(
        in folder: TemporaryFolder,
        _ settings: ServerSettings,
        _ body: (Server) async throws -> Void
    ) async throws {
        try await withClient { client in
            let server = try await Server(in: folder, settings, client)
            let result: Result<Void, any Error>
            do { result = .success(try await body(server)) } catch { result = .failure(error) }
            // The next one on this directory is refused as long as this one is there.
            server.process.send(SIGKILL)
            _ = await server.process.ended()
            try result.get()
        }
    }
}

/// Runs a client for the length of `body`.
func withClient(_ body: (HTTPClient) async throws -> Void) async throws {
    var configuration = ClientConfiguration()
    configuration.timeouts.firstByte = .seconds(60)
    let client = HTTPClient(configuration)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.run() }
        defer { group.cancelAll() }
        try await body(client)
    }
}

/// Calls one server.
struct Caller: Sendable {
    struct Answer: Sendable {
        let status: Int
        let body: JSONValue

        subscript(_ key: String) -> JSONValue? { body.objectValue?[key] }

        func number(_ key: String) -> Int? {
            if case .number(let value)? = self[key] { Int(value) } else { nil }
        }

        func texts(_ key: String) -> [String] { objects(key).compactMap(\.stringValue) }

        func objects(_ key: String) -> [JSONValue] {
            if case .array(let elements)? = self[key] { elements } else { [] }
        }
    }

    let client: HTTPClient
    let address: String

    func get(_ path: String) async throws -> Answer { try await send(.get, path) }

    func delete(_ path: String) async throws -> Answer { try await send(.delete, path) }

    func post(_ path: String, _ body: JSONValue) async throws -> Answer {
        try await send(.post, path, Array(body.description.utf8))
    }

    /// The lines of a streamed answer.
    func lines(_ path: String) async throws -> [String] {
        let (head, body) = try await client.collect(ClientRequest(.get, address + path), limit: 256 << 20)
        try #require(head.status == .ok)
        return body.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    private func send(_ method: HTTPMethod, _ path: String, _ body: [UInt8] = []) async throws -> Answer {
        let request = ClientRequest(
            method,
            address + path,
            headers: body.isEmpty ? [:] : ["Content-Type": "application/json"],
            body: body
        )
        let (head, bytes) = try await client.collect(request, limit: 64 << 20)
        let json = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
        return Answer(status: head.status.rawValue, body: json)
    }
}
