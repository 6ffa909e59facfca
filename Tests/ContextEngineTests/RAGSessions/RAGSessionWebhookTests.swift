import ContextCore
import FoundationEssentials
import HTTP
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import ContextEngine

@Suite(.timeLimit(.minutes(5))) struct RAGSessionWebhookTests {
    private static let secret = Secret("what only the two know")

    private func event(_ kind: RAGSessionEvent.Kind = .created) -> RAGSessionEvent {
        RAGSessionEvent(kind: kind, session: RAGStateTests.session(), at: start)
    }

    /// Serves a receiver that answers with `statuses`, the last one again and again, while the webhook runs.
    private func withWebhook(
        answering statuses: HTTPStatus...,
        configure: (inout WebhookConfiguration) -> Void = { _ in },
        _ body: @Sendable (RAGSessionWebhook, Receiver, Metrics) async throws -> Void
    ) async throws {
        let receiver = Receiver(statuses)
        let server = HTTPServer(ServerConfiguration(), router: receiver.router()) { _, _ in HTTPResponse(.badRequest) }
        let (client, metrics) = (HTTPClient(), Metrics())
        var configuration = WebhookConfiguration()
        configuration.pause = .milliseconds(1)
        // A busy machine is no failure.
        configuration.timeoutSeconds = 600
        configuration.secret = Self.secret
        configure(&configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask { try await client.run() }
            defer { group.cancelAll() }
            configuration.url = "http://127.0.0.1:\(try await server.ready.wait())/hook"
            let made = RAGSessionWebhook(
                configuration,
                client: client,
                metrics: metrics,
                now: { start },
                log: .disabled
            )
            let webhook = try #require(made)
            group.addTask { try await webhook.run() }
            try await body(webhook, receiver, metrics)
        }
    }

    private func count(_ outcome: String, in metrics: Metrics) -> UInt64 {
        metrics.counter("roost_rag_webhook_events_total", "", ["outcome": outcome]).value
    }

    @Test func `events arrive in their order, signed, with ids and counts`() async throws {
        try await withWebhook(answering: 204) { webhook, receiver, metrics in
            var record = RAGSessionEvent.PromptRecord(.answered)
            record.promptTokens = 11
            for kind in [.created, .prompted(record), .expired, .ended(.revoked)] as [RAGSessionEvent.Kind] {
                webhook.receive(event(kind))
            }
            let requests = try await receiver.requests(4)
            #expect(
                requests.map(\.event) == [
                    "rag_session.created", "rag_session.prompted", "rag_session.expired", "rag_session.ended",
                ]
            )
            for request in requests {
                let expected = RAGSessionWebhook.signature(of: request.body, by: Self.secret, at: start)
                #expect(request.signature == expected && expected.hasPrefix("t=1767646800,v1="))
                let body = try JSONDecoder().decode(JSONValue.self, from: Data(request.body))
                #expect(body.objectValue?["session_id"] == "rs_1" && body.objectValue?["host"] == "node-1")
                #expect(body.objectValue?["event"] == .string(request.event))
            }
            let prompted = try JSONDecoder().decode(JSONValue.self, from: Data(requests[1].body))
            #expect(prompted.objectValue?["prompt_tokens"] == 11 && prompted.objectValue?["outcome"] == "answered")
            #expect(Set(requests.map(\.delivery)).count == 4)
            try await eventually { count("sent", in: metrics) == 4 }
        }
    }

    @Test func `what fails for a while is sent again under the same id`() async throws {
        try await withWebhook(answering: 503, 429, 200) { webhook, receiver, metrics in
            webhook.receive(event())
            let requests = try await receiver.requests(3)
            #expect(Set(requests.map(\.delivery)).count == 1)
            try await eventually { count("sent", in: metrics) == 1 }
            #expect(count("failed", in: metrics) == 0)
        }
    }

    @Test func `an event that is refused, or fails again and again, is given up and the next one sent`() async throws {
        try await withWebhook(answering: 400, 500, 500, 200, configure: { $0.attempts = 2 }) {
            webhook,
            receiver,
            metrics in
            for _ in 0..<3 { webhook.receive(event()) }
            let requests = try await receiver.requests(4)
            #expect(Set(requests.map(\.delivery)).count == 3)
            try await eventually { count("sent", in: metrics) == 1 && count("failed", in: metrics) == 2 }
        }
    }

    @Test func `a receiver that is not there delays nobody, and what has no room is counted`() async throws {
        try await withWebhook(answering: 200, configure: { $0.queue = 2 }) { webhook, receiver, metrics in
            receiver.holds.withLock { $0 = true }
            webhook.receive(event())
            _ = try await receiver.requests(1)
            for _ in 0..<5 { webhook.receive(event()) }
            #expect(count("dropped", in: metrics) == 3)
            receiver.mayAnswer.open()
            _ = try await receiver.requests(3)
            try await eventually { count("sent", in: metrics) == 3 }
        }
    }

    @Test func `without an address there is no webhook`() {
        let webhook = RAGSessionWebhook(
            WebhookConfiguration(),
            client: HTTPClient(),
            metrics: Metrics(),
            now: { start },
            log: .disabled
        )
        #expect(webhook == nil)
    }
}

/// Another server that takes events.
private final class Receiver: Sendable {
    struct Request: Sendable {
        let event: String
        let delivery: String
        let signature: String?
        let body: [UInt8]
    }

    let holds = Mutex(false)
    let mayAnswer = Latch<Void>()
    private let received = Mutex<[Request]>([])
    private let statuses: Mutex<[HTTPStatus]>

    init(_ statuses: [HTTPStatus]) {
        self.statuses = Mutex(statuses)
    }

    func router() -> Router<Void> {
        var router = Router<Void>()
        router.post("/hook") { request, _ in
            let note = Request(
                event: request.headers["X-Roost-Event"] ?? "",
                delivery: request.headers["X-Roost-Delivery"] ?? "",
                signature: request.headers["X-Roost-Signature"],
                body: request.body
            )
            self.received.withLock { $0.append(note) }
            if self.holds.withLock(\.self) { try await self.mayAnswer.wait() }
            return HTTPResponse(self.statuses.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] })
        }
        return router
    }

    /// The first `count` requests, once they are there.
    func requests(_ count: Int) async throws -> [Request] {
        try await eventually { received.withLock(\.count) >= count }
        return received.withLock(\.self)
    }
}
