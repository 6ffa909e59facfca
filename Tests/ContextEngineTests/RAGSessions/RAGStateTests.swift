import ContextCore
import Testing

@testable import ContextEngine

/// The values behind sessions, event by event.
struct RAGStateTests {
    static func session(_ id: String = "rs_1") -> RAGSession {
        RAGSession(
            id: id,
            conversation: "c_1",
            subject: "local",
            host: "node-1",
            caller: "local",
            token: "dt_1",
            collections: ["notes"],
            createdAt: start,
            lastUsed: start,
            tokenExpiresAt: start.adding(seconds: 3_000)
        )
    }

    @Test func `a prompt is stopped when its session ends, and the next session of the id is not`() {
        let reason = ContextError(.tokenRevoked, "The token was revoked.")
        var prompts = OpenPrompts()
        prompts.stop("rs_1", because: reason)
        prompts.begin(Self.session())
        #expect(prompts.reasonToStop("rs_1") == nil)
        prompts.begin(Self.session())
        prompts.stop("rs_1", because: reason)
        prompts.stop("rs_1", because: ContextError(.conflict, "Later."))
        #expect(prompts.reasonToStop("rs_1") == reason && prompts.reasonToStop("rs_2") == nil)
        prompts.end("rs_1")
        #expect(prompts.sessions.map(\.id) == ["rs_1"] && prompts.reasonToStop("rs_1") == reason)
        prompts.end("rs_1")
        #expect(prompts.sessions.isEmpty && prompts.reasonToStop("rs_1") == nil)
    }

    @Test func `a session ends when it was not used, and at the latest with its token`() {
        var session = Self.session()
        #expect(session.expiresAt(after: 1_800) == start.adding(seconds: 1_800))
        #expect(!session.isExpired(at: start.adding(seconds: 1_799), after: 1_800))
        #expect(session.isExpired(at: start.adding(seconds: 1_800), after: 1_800))
        session.lastUsed = start.adding(seconds: 2_000)
        #expect(session.expiresAt(after: 1_800) == start.adding(seconds: 3_000))
        #expect(session.isExpired(at: start.adding(seconds: 3_000), after: 1_800))
    }

    @Test func `a queue gives its events in order and takes no more than it has room for`() {
        var queue = WebhookQueue<Int>(capacity: 3)
        #expect(queue.next() == nil)
        var sent: [Int] = []
        var refused: [Int] = []
        for number in 0..<20 {
            if !queue.append(number) { refused.append(number) }
            if number % 3 == 2, let next = queue.next() { sent.append(next) }
        }
        #expect(queue.count == 3)
        while let next = queue.next() { sent.append(next) }
        #expect(sent == sent.sorted() && sent.count + refused.count == 20)
        #expect(Set(sent).union(refused) == Set(0..<20))
        #expect(queue.count == 0 && queue.append(1))
    }
}
