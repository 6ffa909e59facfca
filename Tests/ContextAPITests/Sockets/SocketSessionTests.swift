import ContextCore
import ContextEngine
import Retrieval
import Testing

@testable import ContextAPI

/// Transcripts: what comes in, an arrow, what follows.
@Suite struct SocketSessionTests {
    private func expect(
        mayUseRAG: Bool = true,
        _ transcript: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var configuration = SocketConfiguration()
        configuration.isRAGEnabled = mayUseRAG
        configuration.limits.promptsAtOnce = 2
        var session = SocketSession(configuration)
        for line in transcript.split(separator: "\n") {
            let halves = line.split(separator: "→").map { $0.split(separator: " ").joined(separator: " ") }
            #expect(Self.play(halves[0], &session) == halves[1], sourceLocation: sourceLocation)
        }
    }

    private static func play(_ line: String, _ session: inout SocketSession) -> String {
        let words = line.split(separator: " ").map(String.init)
        let id = words.dropFirst().first { !$0.hasPrefix("rag") && $0 != "vectors" }.map(ClientID.string)
        if words[0] == "ended" {
            session.ended(Int(words[1]) ?? 0)
            return "\(session.prompts) running"
        }
        do {
            return describe(try session.receive(message(words, id)), session)
        } catch {
            return error.code
        }
    }

    private static func message(_ words: [String], _ id: ClientID?) -> SocketMessage {
        let reference = MessageReference(id: id)
        let content: SocketMessage.Content =
            switch words[0] {
            case "init":
                .initialize(
                    SessionInitialization(
                        enablesRAG: words.contains("rag") ? true : words.contains("rag-off") ? false : nil
                    )
                )
            case "upload": .upload(UploadMessage(vectors: .init(), refused: [], replaces: false))
            case "search": .search(SearchMessage(vector: [], count: 1))
            case "delete": .delete([])
            case "prompt":
                .prompt(
                    PromptRequest(prompt: "x", vectors: words.contains("vectors") ? .init(count: 1) : nil)
                )
            case "cancel": .cancel
            default: .ping
            }
        return SocketMessage(reference: reference, content: content)
    }

    private static func describe(_ effect: SocketSession.Effect, _ session: SocketSession) -> String {
        switch effect {
        case .acknowledge: session.isRAGEnabled ? "rag" : "no rag"
        case .store: "store"
        case .find: "find"
        case .delete: "delete"
        case .pong: "pong"
        case .start(let ticket, _): "start \(ticket)"
        case .stop(let tickets): "stop " + tickets.map(String.init).joined(separator: ",")
        }
    }

    @Test func `vectors are there from the first message, until a client turns them off`() {
        expect(
            """
            upload        → store
            search        → find
            init          → rag
            init rag-off  → no rag
            upload        → unprocessable
            search        → unprocessable
            delete        → unprocessable
            prompt vectors → unprocessable
            prompt        → start 1
            init          → no rag
            init rag      → rag
            delete        → delete
            """
        )
    }

    @Test func `no client can turn on what the server has turned off`() {
        expect(
            mayUseRAG: false,
            """
            upload   → unprocessable
            init rag → no rag
            search   → unprocessable
            ping     → pong
            """
        )
    }

    @Test func `prompts run beside each other under their own names, and are stopped by them`() {
        expect(
            """
            prompt a → start 1
            prompt a → conflict
            prompt b → start 2
            prompt c → rate_limited
            cancel b → stop 2
            cancel c → not_found
            ended 2  → 1 running
            cancel b → not_found
            prompt a → conflict
            ended 1  → 0 running
            prompt a → start 3
            prompt   → start 4
            cancel   → stop 3,4
            ended 3  → 1 running
            ended 4  → 0 running
            cancel   → not_found
            """
        )
    }
}
