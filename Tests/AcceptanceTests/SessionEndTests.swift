import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// However a session ends, the server gives its memory back to the system.
///
/// Not under a sanitizer, whose allocator keeps what is freed.
@Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: getenv("ROOST_TEST_SCALE") == nil)) struct SessionEndTests {
    enum Ending: CaseIterable, CustomTestStringConvertible {
        case close, reset, silence, kill

        var testDescription: String { "\(self)" }
    }

    private static let sessions = 10
    private static let messages = 3
    private static let vectors = 1_000

    @Test(arguments: Ending.allCases)
    func `ten seconds after the end of all sessions the memory is what it was before them, within a twentieth`(
        ending: Ending
    ) async throws {
        let folder = try TemporaryFolder()
        let settings = ServerSettings.withoutModel
            .setting("ROOST_SERVER_TIMEOUTS_WEBSOCKET_IDLE_SECS", ending == .silence ? "3" : "120")
        try await Server.with(in: folder, settings) { server in
            // Code and threads are there from now on.
            try await hold(1, on: server).forEach { $0.send(bytes: SocketFrame.close) }
            try await expectEnd(of: server, stored: Self.messages * Self.vectors)
            try await Task.sleep(for: .seconds(8))
            let before = try server.residentBytes
            try await end(by: ending, server, in: folder)
            try await expectEnd(of: server, stored: (1 + Self.sessions) * Self.messages * Self.vectors)
            let deadline = ContinuousClock.now + .seconds(10)
            while try server.residentBytes > before + before / 20, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(100))
            }
            let after = try server.residentBytes
            #expect(after <= before + before / 20, "\(before >> 10) KB before, \(after >> 10) KB after")
        }
    }

    private func end(by ending: Ending, _ server: Server, in folder: TemporaryFolder) async throws {
        switch ending {
        case .close: try await hold(Self.sessions, on: server).forEach { $0.send(bytes: SocketFrame.close) }
        case .reset: try await hold(Self.sessions, on: server).forEach { $0.resetsAtEnd() }
        case .silence: try await holdElsewhere(on: server, in: folder, until: SIGSTOP)
        case .kill: try await holdElsewhere(on: server, in: folder, until: SIGKILL)
        }
    }

    /// Sockets of this process, each with its vectors stored.
    private func hold(_ count: Int, on server: Server) async throws -> [RawSocket] {
        let sockets = try (0..<count).map { _ in try RawSocket(port: server.port) }
        for socket in sockets {
            socket.send(SocketFrame.handshake)
            var answers = String(decoding: try await socket.receive(), as: UTF8.self)
            socket.send(bytes: Self.uploads)
            while answers.components(separatedBy: #""uploaded":1000"#).count <= Self.messages {
                let bytes = try await socket.receive()
                try #require(!bytes.isEmpty, "\(answers)")
                answers += String(decoding: bytes, as: UTF8.self)
            }
        }
        return sockets
    }

    /// Sockets of a process of their own, which gets the signal when its vectors are stored.
    private func holdElsewhere(on server: Server, in folder: TemporaryFolder, until signal: Int32) async throws {
        let (handshake, uploads) = (folder.newFile("handshake"), folder.newFile("uploads"))
        try Files.write(SocketFrame.handshake, to: handshake)
        try Files.write(Self.uploads, to: uploads)
        let script = """
            for i in {1..\(Self.sessions)}; do
                exec {socket}<>/dev/tcp/127.0.0.1/\(server.port)
                cat '\(handshake)' >&$socket
                read -r -u $socket
                cat '\(uploads)' >&$socket
            done
            echo sent
            exec sleep 600
            """
        let client = try RoostProcess(["-c", script], errors: folder.newFile("errors"), program: "/bin/bash")
        defer { client.send(SIGKILL) }
        #expect(try await client.line() == "sent")
        let stored = (1 + Self.sessions) * Self.messages * Self.vectors
        while try await server.metric("session_vectors_stored_total") < stored {
            try await Task.sleep(for: .milliseconds(50))
        }
        client.send(signal)
        if signal == SIGSTOP {
            while try await server.metric("session_vector_sessions") > 0 {
                try await Task.sleep(for: .milliseconds(100))
            }
        } else {
            _ = await client.ended()
        }
    }

    /// Waits for it, too.
    private func expectEnd(of server: Server, stored: Int) async throws {
        try await eventually(every: .milliseconds(50)) { try await server.metric("session_vector_sessions") == 0 }
        #expect(try await server.metric("session_vectors_stored_total") == stored)
        // A table is freed on a thread that the closing doesn't wait for.
        try await eventually(every: .milliseconds(50)) { try await server.metric("session_vector_bytes") == 0 }
    }

    private static let uploads: [UInt8] = {
        let vector = "[" + Array(repeating: "0.25", count: 384).joined(separator: ",") + "]"
        return (0..<messages).flatMap { message in
            let vectors = (0..<vectors).map { #"{"id":"\#(message)-\#($0)","vector":\#(vector)}"# }
            return SocketFrame.text(#"{"type":"uploadVectors","vectors":[\#(vectors.joined(separator: ","))]}"#)
        }
    }()
}

extension Server {
    fileprivate func metric(_ name: String) async throws -> Int {
        let line = try await caller.lines("/metrics").first { $0.hasPrefix(name + " ") }
        return try #require(line.flatMap { Double($0.dropFirst(name.utf8.count + 1)) }.map { Int($0) }, "\(name)")
    }

    /// VmRSS.
    fileprivate var residentBytes: Int {
        get throws {
            let status = try Files.text(of: "/proc/\(process.id)/status")
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
            return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }) << 10
        }
    }
}
