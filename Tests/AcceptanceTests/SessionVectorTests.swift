import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// What is promised of sessions over a WebSocket, of a whole process.
@Suite(.serialized, .timeLimit(.minutes(3))) struct SessionVectorTests {
    /// A number that nothing else has, as text and as the bytes of a float.
    private static let number: Float = 0.734_512_9
    private static let secrets = ["session-secret-id", "session-secret-text", "session secret prompt", "0.7345129"]

    private static let vector = "[\(number)" + String(repeating: ",0.25", count: 383) + "]"

    private static let messages = [
        #"{"type":"uploadVectors","vectors":[{"id":"session-secret-id","vector":\#(vector),"metadata":{"text":"session-secret-text"}}]}"#,
        #"{"type":"searchVectors","queryVector":\#(vector),"metadataFilter":{"text":"session-secret-text"}}"#,
        #"{"type":"uploadVectors","vectors":[{"id":"session-secret-id","vector":["session-secret-text"]}]}"#,
        #"{"type":"session-secret-text"}"#,
        #"{"type":"prompt","prompt":"session secret prompt"}"#,
    ]

    @Test func `nothing of a session is on disk or in the log, neither while it is open nor after it`() async throws {
        let folder = try TemporaryFolder()
        let settings = ServerSettings.withoutModel.setting("ROOST_LOG_LEVEL", "trace")
        try await Server.with(in: folder, settings) { server in
            let socket = try RawSocket(port: server.port)
            socket.send(SocketFrame.handshake)
            var answers = String(decoding: try await socket.receive(), as: UTF8.self)
            for message in Self.messages { socket.send(bytes: SocketFrame.text(message)) }
            while !answers.contains("stream_end") {
                let bytes = try await socket.receive()
                try #require(!bytes.isEmpty, "\(answers)")
                answers += String(decoding: bytes, as: UTF8.self)
            }
            #expect(answers.contains("session-secret-text") && answers.contains(#""uploaded":1"#))
            try expectNothing(in: folder.path)
            server.process.send(SIGTERM)
            #expect(await server.process.ended() == .exited(0))
            #expect(!server.process.errors.isEmpty)
            try expectNothing(in: folder.path)
        }
    }

    private func expectNothing(in folder: String) throws {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
        #expect(names.contains { $0.hasSuffix("roost.db") })
        let needles = Self.secrets.map { Array($0.utf8) } + [withUnsafeBytes(of: Self.number) { Array($0) }]
        for name in names {
            guard let bytes = try? Files.bytes(of: "\(folder)/\(name)") else { continue }
            for needle in needles { #expect(!bytes.contains(needle), "\(name)") }
        }
    }
}
